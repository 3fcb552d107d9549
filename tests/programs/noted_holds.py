"""Holds the GIL for a millisecond, asks for it a hundred times, and so on: noted_holds.py SECONDS.

It notes the beginning and the end of each of those milliseconds by the clock of the system.
"""

import ctypes
import sys
import threading
import time

from _truth import tell

usleep_with_the_gil = ctypes.PyDLL(None).usleep
ends_ns = time.monotonic_ns() + int(float(sys.argv[1]) * 1e9)
noted: list[tuple[int, int]] = []


def run() -> None:
    while time.monotonic_ns() < ends_ns:
        begin_ns = time.monotonic_ns()
        usleep_with_the_gil(1000)
        noted.append((begin_ns, time.monotonic_ns()))
        for _ in range(100):
            time.sleep(0)


threads = [threading.Thread(target=run) for _ in range(3)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
tell(noted=noted)
