"""The garbage collector looks through all that lives while a server's thread has to answer.

source: sgl-project/sglang#9241
kind: gc-pause
harmful: asyncio | processes
"""

import gc
import threading
import time

heap = [{"key": [each]} for each in range(400_000)]
over = threading.Event()


def heartbeat():
    while not over.is_set():
        time.sleep(0.005)


thread = threading.Thread(target=heartbeat, name="heartbeat")
thread.start()
for _ in range(6):
    time.sleep(0.05)
    gc.collect()
over.set()
thread.join()
