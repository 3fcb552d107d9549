"""A heartbeat is late whenever a thread beside it computes, until that is told to stop.

source: apache/storm#4711
kind: convoy
line: COMPUTE
harmful: asyncio
"""

import ctypes
import threading
import time

keeps = ctypes.PyDLL(None).usleep
over = False


def compute():
    while not over:
        keeps(400)  # COMPUTE


thread = threading.Thread(target=compute, name="compute")
thread.start()
for _ in range(100):
    time.sleep(0.002)
over = True
thread.join()
