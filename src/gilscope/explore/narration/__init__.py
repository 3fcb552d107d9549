"""An execution in words: events, steps, names and values."""
