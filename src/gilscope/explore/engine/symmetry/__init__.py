"""Threads that begin alike, whose order nobody can see."""
