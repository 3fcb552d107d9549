"""Whose submodule is first imported by a test."""
