"""A thread gives up large batches with the GIL, and the training beside it has gaps.

source: pytorch/pytorch#77139
kind: stall
line: FREES
harmful: asyncio
"""

import ctypes
import threading
import time

frees = ctypes.PyDLL(None).usleep
over = False


def pin():
    while not over:
        time.sleep(0.06)
        frees(50_000)  # FREES


thread = threading.Thread(target=pin, name="pin", daemon=True)
thread.start()
for _ in range(150):
    time.sleep(0.002)  # the card computes
    sum(range(2_000))
over = True
thread.join()
