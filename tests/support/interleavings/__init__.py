"""Random concurrent programs, and an oracle that knows every final state they can reach."""
