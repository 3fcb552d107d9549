"""Many processes at once, in each of which a thread measures its own waiting for the GIL.

hearts.py BEAT_LIBRARY PROCESSES SECONDS
"""

import ctypes
import json
import os
import sys
import threading
import time

from _truth import tell

library, processes, seconds = sys.argv[1], int(sys.argv[2]), float(sys.argv[3])
MAX_BEATS, PERIOD_NS = 10_000, 5_000_000
HOLD_US = 20_000

beat = ctypes.CDLL(library).beat
CALL = ctypes.CFUNCTYPE(None, ctypes.c_long)
beat.argtypes = [ctypes.c_void_p, ctypes.c_long, ctypes.c_int64, ctypes.c_void_p, CALL]
beat.restype = ctypes.c_long


def measure():
    """The heart stamps its wake-ups in C, without the GIL, and again when it has the GIL."""
    asked_ns, got_ns = (ctypes.c_int64 * MAX_BEATS)(), (ctypes.c_int64 * MAX_BEATS)()
    stop = ctypes.c_int(0)

    @CALL
    def on_beat(i, monotonic_ns=time.monotonic_ns):
        got_ns[i] = monotonic_ns()

    heart = threading.Thread(
        target=beat, args=(asked_ns, MAX_BEATS, PERIOD_NS, ctypes.byref(stop), on_beat)
    )
    heart.name = "heartbeat"
    sys.setswitchinterval(100)  # nobody takes the GIL from it between two measurements
    begin_s = time.perf_counter()
    heart.start()
    while time.perf_counter() < begin_s + seconds:
        ctypes.PyDLL(None).usleep(HOLD_US)  # computes, whatever cores there are
        time.sleep(HOLD_US / 1e6)
    stop.value = 1
    heart.join()
    wall_s = time.perf_counter() - begin_s
    waited_ns = sum(got - asked for asked, got in zip(asked_ns, got_ns) if got)
    # To be born, it waited before.
    told = {"pid": os.getpid(), "first_ns": asked_ns[0], "waited_s": waited_ns / 1e9}
    return {**told, "wall_s": wall_s}


reading, writing = os.pipe()
pids = []
for _ in range(processes):
    if pid := os.fork():
        pids.append(pid)
        continue
    os.write(writing, json.dumps(measure()).encode() + b"\n")  # short: in one piece
    os._exit(0)
os.close(writing)
for pid in pids:
    os.waitpid(pid, 0)
with open(reading) as lines:
    tell(measured=[json.loads(line) for line in lines])
