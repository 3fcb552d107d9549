"""What instructions and functions in C touch, and how it is seen."""
