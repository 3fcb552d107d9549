"""Start and stop recordings: of this process, or of a program that is launched for it."""
