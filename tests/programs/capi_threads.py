"""Threads made by C code that take the GIL by themselves: capi_threads.py LIBRARY COUNT."""

import ctypes
import sys

from _truth import tell

library = ctypes.CDLL(sys.argv[1])
count = int(sys.argv[2])
CODE = b"""
import time
for _ in range(20):
    sum(range(20_000))
    time.sleep(0.001)
"""
status = library.run_in_threads(count, CODE)
tell(status=status, threads=count + 1)
