"""Runs the user's function under one strategy, in any Python: the standard library is enough.

Interpreters that do not have gilscope run this package, so it imports itself relatively and nothing
of gilscope, but for `gilscope.record` where that exists; beside it on the path stands the family's
module, from pythons/shipped. See __main__ for the conversation.
"""
