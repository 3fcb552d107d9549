"""Threads that hold the GIL asleep, wait for a lock, and compute without the GIL, for some seconds,
or until SIGUSR1.

Each counts how often it did so. What it holds the GIL for does not need a processor.
"""

import ctypes
import hashlib
import json
import os
import signal
import sys
import threading
import time

from _truth import ready

SECONDS = float(sys.argv[1])
THREADS = int(sys.argv[2]) if len(sys.argv) > 2 else 1
hold = ctypes.PyDLL(None).usleep
lock = threading.Lock()
counts = {}
enough = threading.Event()


def until_the_end(work):
    number, end = 0, time.monotonic() + SECONDS
    while time.monotonic() < end and not enough.is_set():
        work()
        number += 1
    counts[threading.current_thread().name] = number


def holding(us):
    hold(us)  # holds
    time.sleep(0.01)


def locking():
    with lock:
        time.sleep(0.02)


DATA = b"x" * (1 << 20)
works = {"short": lambda: holding(3000), "long": lambda: holding(30_000)}
works |= {f"locking-{number}": locking for number in range(2)}
works["computing"] = lambda: hashlib.sha256(DATA).digest()
works |= {f"more-{number}": lambda: time.sleep(0.05) for number in range(THREADS - 1)}
threads = [threading.Thread(target=until_the_end, args=(w,), name=n) for n, w in works.items()]
for each in threads:
    each.start()
signal.signal(signal.SIGUSR1, lambda *_: enough.set())
if "READY" in os.environ:
    ready()
print("\x1b[32mworking\x1b[0m", flush=True)
for each in threads:
    each.join()
print(json.dumps(counts))
