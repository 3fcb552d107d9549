"""Attacks a test that would be proven: real threads, locks and time, switched at any instruction.

This is the second pair of eyes. It knows nothing of how the search sees a program: no table of
instructions, types or calls, no scheduler and no native code. What it sees fail, fails.
"""
