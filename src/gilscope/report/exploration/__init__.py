"""What an exploration found, or proved."""
