"""Runs executions of a test, thread by thread, as a search decides."""
