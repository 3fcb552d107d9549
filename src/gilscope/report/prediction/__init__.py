"""A prediction, on the terminal and as JSON."""
