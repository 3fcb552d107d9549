"""A picture is decoded by one call that keeps the GIL, and an animation stands still.

source: python-pillow/Pillow#1221
kind: stall
line: DECODE
harmful: asyncio
"""

import ctypes
import threading
import time

decode = ctypes.PyDLL(None).usleep
over = False


def animate():
    while not over:
        time.sleep(0.008)


thread = threading.Thread(target=animate, name="animation")
thread.start()
for _ in range(5):
    decode(90_000)  # DECODE
    time.sleep(0.05)
over = True
thread.join()
