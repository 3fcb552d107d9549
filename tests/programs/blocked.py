"""Blocked in C, without the GIL, until there is a byte to read; then it answers questions."""

import ctypes
import sys

from _truth import ready, tell

ready()
ctypes.CDLL(None).read(0, ctypes.create_string_buffer(1), 1)
for _ in sys.stdin:
    tell(is_well=True)
