"""A worker computes in small pieces, and lets a window's thread go on after each of them.

source: Ultimaker/Cura#1631
kind: uncontended | convoy | cpu-bound
harmful: Event.wait | asyncio
"""

import ctypes
import threading
import time

keeps = ctypes.PyDLL(None).usleep


def work():
    for _ in range(400):
        keeps(1000)
        time.sleep(0)


thread = threading.Thread(target=work, name="worker")
thread.start()
while thread.is_alive():
    time.sleep(0.01)
    keeps(500)  # draw a frame
