"""Threads that compute for as long as is known, on any machine: asleep, with the GIL held."""

import ctypes
import json
import sys
import threading
import time

usleep = ctypes.PyDLL(None).usleep  # keeps the GIL
MS = 1000  # us


def compute(ms):
    usleep(ms * MS)


def at_once(*works):
    threads = [threading.Thread(target=work) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def run_one_of(shapes):
    """The one that the program was asked for: how long it took, and takes without the GIL."""
    shape = shapes[sys.argv[1]]
    began = time.perf_counter()
    free_s = shape()
    print(json.dumps({"wall_s": time.perf_counter() - began, "free_s": free_s}))
