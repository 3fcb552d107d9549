"""A fast producer waits until there is room in a queue, for a consumer that waits for a disk.

source: pyper-dev/pyper#21
kind: uncontended | lock-bound
line: STORES | PUTS
harmful: processes | free-threaded
"""

import queue
import threading
import time

items = queue.Queue(maxsize=5)


def consume():
    while items.get() is not None:
        time.sleep(0.02)  # STORES


thread = threading.Thread(target=consume, name="consumer")
thread.start()
for item in range(50):
    items.put(item)  # PUTS
items.put(None)
thread.join()
