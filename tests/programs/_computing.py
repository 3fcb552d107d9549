"""Threads that compute for as long as is known, on any machine: asleep, with the GIL held."""

import ctypes
import threading

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
