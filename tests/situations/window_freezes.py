"""A window does not answer while a library loads data in a thread, with the GIL.

source: ctc-oss/fapolicy-analyzer#112
kind: stall
line: LOAD
harmful: asyncio
"""

import ctypes
import threading
import time

load = ctypes.PyDLL(None).usleep


def background():
    for _ in range(2):
        load(400_000)  # LOAD
        time.sleep(0.05)


thread = threading.Thread(target=background, name="loader")
thread.start()
while thread.is_alive():
    time.sleep(0.01)
