"""A thread that answers quickly gets no chance beside one that computes.

source: python/cpython#90204
kind: convoy
line: COMPUTE
gain: no-gil 0.3
harmful: asyncio
"""

import ctypes
import os
import threading
import time

keeps = ctypes.PyDLL(None).usleep
over = False
reading, writing = os.pipe()


def compute():
    while not over:
        keeps(500)  # COMPUTE


thread = threading.Thread(target=compute, name="compute")
thread.start()
for _ in range(150):
    time.sleep(0.001)  # until somebody writes
    os.write(writing, b"x")
    os.read(reading, 1)
over = True
thread.join()
