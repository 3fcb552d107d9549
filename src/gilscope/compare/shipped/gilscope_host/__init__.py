"""Runs the user's function under one strategy, in any Python: the standard library is enough.

This package is sent to interpreters that do not have gilscope, so it imports itself relatively and
nothing of gilscope, but for `gilscope.record` where that exists. See __main__ for the conversation.
"""
