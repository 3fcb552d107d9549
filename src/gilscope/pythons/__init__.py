"""Other interpreters: found, described, run, and ended with everything that they started."""
