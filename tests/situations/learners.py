"""Threads prepare batches in Python, and train without the GIL: the preparing takes turns.

source: kwai/DouZero#21
kind: cpu-bound | convoy
line: PREPARE
gain: no-gil 0.2
harmful: asyncio
"""

import ctypes
import threading

keeps, lets_go = ctypes.PyDLL(None).usleep, ctypes.CDLL(None).usleep


def learn():
    for _ in range(25):
        for _ in range(8):
            keeps(1000)  # PREPARE
        lets_go(6000)


threads = [threading.Thread(target=learn) for _ in range(4)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
