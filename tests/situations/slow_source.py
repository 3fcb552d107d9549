"""A prefetching thread waits for a slow disk, and who trains waits for it.

source: facebookresearch/pytext#631
kind: uncontended
line: READ
harmful: processes | free-threaded
"""

import queue
import threading
import time

batches = queue.Queue(2)


def prefetch():
    for number in range(20):
        time.sleep(0.05)  # READ
        batches.put(number)
    batches.put(None)


threading.Thread(target=prefetch, name="prefetch").start()
while batches.get() is not None:
    pass
