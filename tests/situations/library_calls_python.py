"""A library in C sorts in threads, and calls a Python function for each comparison.

source: wlav/cppyy#274
kind: cpu-bound | convoy
line: COMPARES | SORTS
harmful: asyncio | same order
"""

import ctypes
import random
import threading

libc = ctypes.CDLL(None)
Compare = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.POINTER(ctypes.c_int), ctypes.POINTER(ctypes.c_int))


def compare(one, other):
    return one[0] - other[0]  # COMPARES


def sort():
    numbers = [random.randrange(10**6) for _ in range(60_000)]
    array = (ctypes.c_int * len(numbers))(*numbers)
    libc.qsort(array, len(numbers), ctypes.sizeof(ctypes.c_int), Compare(compare))  # SORTS


threads = [threading.Thread(target=sort) for _ in range(3)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
