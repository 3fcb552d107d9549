"""A heartbeat that measures its own waiting, beside a thread in long C calls.

heartbeat.py BEAT_LIBRARY KIND DUTY SECONDS
"""

import ctypes
import json
import random
import re
import sys
import threading
import time

from _truth import tell

library, kind, duty, seconds = (
    sys.argv[1],
    sys.argv[2],
    float(sys.argv[3]),
    float(sys.argv[4]),
)
MAX_BEATS = 200_000
PERIOD_NS = 500_000

beat = ctypes.CDLL(library).beat
CALL = ctypes.CFUNCTYPE(None, ctypes.c_long)
beat.argtypes = [
    ctypes.c_void_p,
    ctypes.c_long,
    ctypes.c_int64,
    ctypes.c_void_p,
    CALL,
]
beat.restype = ctypes.c_long
asked_ns = (ctypes.c_int64 * MAX_BEATS)()
got_ns = (ctypes.c_int64 * MAX_BEATS)()
stop = ctypes.c_int(0)
beats = 0


@CALL
def on_beat(i, monotonic_ns=time.monotonic_ns):
    got_ns[i] = monotonic_ns()


def heart() -> None:
    global beats
    beats = beat(asked_ns, MAX_BEATS, PERIOD_NS, ctypes.byref(stop), on_beat)


# Long calls into C that keep the GIL, 20 to 100 ms each.
numbers = [random.random() for _ in range(100_000)]
document = {str(i): [i, str(i), None] for i in range(20_000)}
CALLS = {
    "regex": lambda: re.match(r"(a+)+$", "a" * 19 + "b"),
    "sorted": lambda: sorted(numbers),
    "json": lambda: json.dumps(document),
}


def hog() -> None:
    call = CALLS[kind]
    end = time.perf_counter() + seconds
    while (start := time.perf_counter()) < end:
        call()
        if duty < 1:
            time.sleep((time.perf_counter() - start) * (1 - duty) / duty)


thread = threading.Thread(target=heart, name="heartbeat")
thread.start()
start = time.perf_counter()
hog()
wall_s = time.perf_counter() - start
stop.value = 1
thread.join()
waits_ns = [got_ns[i] - asked_ns[i] for i in range(beats)]
tell(
    beats=beats,
    waited_s=sum(waits_ns) / 1e9,
    longest_wait_s=max(waits_ns) / 1e9,
    wall_s=wall_s,
)
