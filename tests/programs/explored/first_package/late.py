"""Imported late."""

VALUE = 1
