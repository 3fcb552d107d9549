"""Keeps the GIL for 100 ms, three times, beside a thread that waits for it: keeps.py [STATUS]."""

import ctypes
import sys
import time

from _truth import line_of, tell, waiter

sleep = ctypes.PyDLL(None).usleep  # with the GIL: it needs no processor, and takes as long anywhere


def keep() -> None:
    sleep(100_000)  # the call


with waiter():
    time.sleep(0.01)
    durations = []
    for _ in range(3):
        start = time.perf_counter()
        keep()
        durations.append(time.perf_counter() - start)
        time.sleep(0.01)
tell(function="keep", line=line_of("the call", __file__), durations=durations)
sys.exit(int(sys.argv[1]) if len(sys.argv) > 1 else 0)
