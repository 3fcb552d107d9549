"""What got better and worse between runs: on the screen, and as JSON."""
