"""What the GIL costs a recorded program."""
