"""Ends what stands still, or goes on when the time is spent."""
