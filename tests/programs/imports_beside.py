"""Threads compute while extension modules are imported: a free-threaded Python turns its GIL on for
each, and off again. `watch`: gilscope counts them.
"""

import importlib
import sys
import threading
import time

from _truth import tell

import gilscope

MODULES = ("_lsprof", "_decimal", "_csv", "_sqlite3", "_ctypes", "_lzma", "_bz2", "_zoneinfo")


def work() -> None:
    while not done:
        sum(range(20_000))


watched = gilscope.watch() if "watch" in sys.argv else None
done = False
threads = [threading.Thread(target=work, name=f"work-{i}") for i in range(3)]
for thread in threads:
    thread.start()
spans_ns = []
for name in MODULES:
    time.sleep(0.1)
    begin_ns = time.monotonic_ns()
    try:
        importlib.import_module(name)
    except ImportError:
        continue
    spans_ns.append((begin_ns, time.monotonic_ns()))
time.sleep(2.0)
if watched:  # who still waited would be counted when a recording begins
    with gilscope.record("beside.gil"):
        time.sleep(0.02)
done = True
for thread in threads:
    thread.join()
waited_s = watched.snapshot().gil.wait_s if watched else 0.0
tell(spans_ns=spans_ns, gil=getattr(sys, "_is_gil_enabled", bool)(), watched_wait_s=waited_s)
