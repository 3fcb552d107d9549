"""Experiments as a page: an illustrated article of what was measured."""
