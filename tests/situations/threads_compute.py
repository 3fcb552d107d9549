"""Threads run pure Python at the same time, and take as long as one after another.

source: python/cpython#118749
kind: cpu-bound
line: COMPUTE
gain: no-gil 0.4
harmful: asyncio
"""

import ctypes
import threading

keeps = ctypes.PyDLL(None).usleep


def compute():
    for _ in range(200):
        keeps(1500)  # COMPUTE


threads = [threading.Thread(target=compute) for _ in range(4)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
