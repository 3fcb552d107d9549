"""Runs a test under thread interleavings. So far: sees what each instruction works on."""
