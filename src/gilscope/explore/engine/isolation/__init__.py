"""Lets every execution begin from the state that the first one found."""
