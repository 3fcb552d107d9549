"""What the live view looks like: as a screen, and as lines of JSON."""
