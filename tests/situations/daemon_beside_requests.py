"""An agent computes in a daemon thread for as long as the program runs, and requests become slow.

source: NousResearch/hermes-agent#73318
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
reading, writing = os.pipe()


def compute():
    while True:
        keeps(500)  # COMPUTE


threading.Thread(target=compute, name="agent", daemon=True).start()
for _ in range(120):
    time.sleep(0.001)  # until somebody asks
    os.write(writing, b"x")
    os.read(reading, 1)
