"""Which interleavings to run. Knows threads and what their steps touch, nothing of Python code."""
