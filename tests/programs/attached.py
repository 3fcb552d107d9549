"""Busy in threads until it is told to end; knows how long its heartbeat waited.

attached.py BEAT_LIBRARY. On its standard input: `state` and `waits` are answered with a line of
JSON, `end` ends it.
"""

import ctypes
import json
import os
import signal
import sys
import threading
import time

from _truth import ready, tell

MAX_BEATS = 500_000
PERIOD_NS = 3_000_000
HELD_US = 20_000

beat = ctypes.CDLL(sys.argv[1]).beat
CALL = ctypes.CFUNCTYPE(None, ctypes.c_long)
beat.argtypes = [ctypes.c_void_p, ctypes.c_long, ctypes.c_int64, ctypes.c_void_p, CALL]
beat.restype = ctypes.c_long
asked_ns = (ctypes.c_int64 * MAX_BEATS)()
got_ns = (ctypes.c_int64 * MAX_BEATS)()
stop = ctypes.c_int(0)
sleep_with_gil = ctypes.PyDLL(None).usleep  # holds the GIL, and needs no core


@CALL
def on_beat(i, monotonic_ns=time.monotonic_ns):
    got_ns[i] = monotonic_ns()


def heart() -> None:
    beat(asked_ns, MAX_BEATS, PERIOD_NS, ctypes.byref(stop), on_beat)


def state() -> dict[str, object]:
    return {
        "modules": sorted(sys.modules),
        "path": sys.path,
        "folder": os.getcwd(),
        "environment": dict(os.environ),
        "main": sorted(vars(sys.modules["__main__"])),
        "handlers": [str(signal.getsignal(number)) for number in signal.valid_signals()],
        "threads": sorted(thread.name for thread in threading.enumerate()),
        "interval": sys.getswitchinterval(),
    }


def waits() -> list[tuple[int, int]]:
    return [(asked, got) for asked, got in zip(asked_ns, got_ns, strict=True) if got]


def listen() -> None:
    for line in sys.stdin:
        if line == "state\n":
            tell(**state())
        elif line == "waits\n":
            tell(waits=waits())
        else:
            break
    stop.value = 1


threads = [threading.Thread(target=each, name=each.__name__) for each in (heart, listen)]
for thread in threads:
    thread.start()
json.dumps(state())  # what that imports is there now
ready()
while not stop.value:
    sleep_with_gil(HELD_US)
    time.sleep(0.002)
for thread in threads:
    thread.join()
