"""Runs a test under thread interleavings. So far: what an instruction works on, and the search."""
