"""Programs that can be run as they are, or changed: to check what `predict` says of the change.

    changeable.py SHAPE [CHANGE [FUNCTION]]

CHANGE is one of `gilscope predict`: no-time, half-time or release-gil, of a FUNCTION; no-lock; or
switch-interval. What computes sleeps with the GIL held, or without it where it is released: it
needs no core. The last line says how long the shape took.
"""

import contextlib
import ctypes
import json
import sys
import threading
import time

keeps = ctypes.PyDLL(None).usleep
lets_go = ctypes.CDLL(None).usleep
SHAPE, CHANGE, CHANGED = (*sys.argv[1:], "", "")[:3]
MS = 1000  # us


def parse(ms):
    keeps(int(ms * MS))


def render(ms):
    keeps(int(ms * MS))


def changed(function, ms):
    """Call it, unless the change is about it."""
    if CHANGED != function.__name__:
        function(ms)
    elif CHANGE == "half-time":
        function(ms / 2)
    elif CHANGE == "release-gil":
        lets_go(int(ms * MS))


def at_once(*works):
    threads = [threading.Thread(target=work) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def turns():
    """Two threads: 20 times 12 ms and 6 ms each, all with the GIL: 720 ms."""

    def work():
        for _ in range(20):
            changed(parse, 12)
            changed(render, 6)

    at_once(work, work)


def locked():
    """Two threads sleep with a lock, then compute: 30 times 15 ms, and 3 ms beside the other's."""
    lock = contextlib.nullcontext() if CHANGE == "no-lock" else threading.Lock()

    def work():
        for _ in range(30):
            with lock:
                time.sleep(0.015)
            changed(parse, 3)

    at_once(work, work)


def not_critical():
    """Who computes ends long before who sleeps: no change of it would help."""

    def sleeps():
        for _ in range(40):
            time.sleep(0.018)
            changed(render, 0.2)

    def computes():
        for _ in range(20):
            changed(parse, 10)

    at_once(sleeps, computes)


def convoy():
    """Who needs the GIL for moments pays a switch interval each time, while the other computes.

    400 ms of computing, and 60 sleeps of 10 ms, of which some 27 fall into it, at 15 ms each.
    """

    def computes():
        for _ in range(800):
            parse(0.5)

    def blocks():
        for _ in range(60):
            time.sleep(0.010)

    at_once(computes, blocks)


def main():
    if CHANGE == "switch-interval":
        sys.setswitchinterval(sys.getswitchinterval() / 10)
    began = time.perf_counter()
    globals()[SHAPE]()
    wall_s = time.perf_counter() - began
    print(json.dumps({"wall_s": wall_s, "switch_interval_s": sys.getswitchinterval()}))


if __name__ == "__main__":
    main()
