"""Idles, suffers, and idles again: bad_times.py IDLE_S BAD_S [HOW_OFTEN].

Truth: for BAD_S seconds, in each of `times` by CLOCK_MONOTONIC, three threads hold the GIL for ten
milliseconds at a time in `suffer`, and two of them wait. Before and after, for IDLE_S seconds each,
the main thread sleeps and nobody waits. Holding is sleeping: it needs no processor.
"""

import ctypes
import sys
import threading
import time

from _truth import tell

idle_s, bad_s = float(sys.argv[1]), float(sys.argv[2])
usleep_with_the_gil = ctypes.PyDLL(None).usleep


def begin() -> None:
    """On a busy machine a thread begins some time after it was started."""
    global begin_ns
    begin_ns = time.monotonic_ns()


def suffer() -> None:
    begins.wait()
    while time.monotonic_ns() < begin_ns + round(bad_s * 1e9):
        usleep_with_the_gil(10_000)


def idle() -> None:
    until = time.monotonic() + idle_s
    while time.monotonic() < until:
        time.sleep(0.1)


times = []
for _ in range(int(sys.argv[3]) if len(sys.argv) > 3 else 1):
    idle()
    begins = threading.Barrier(3, begin)
    threads = [threading.Thread(target=suffer, name=f"sufferer {number}") for number in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    times.append((begin_ns, time.monotonic_ns()))
idle()
tell(times=times)
