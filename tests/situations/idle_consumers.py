"""Most of the time is spent in `Queue.get`, because there is nothing to do.

source: twisted/twisted#3836
kind: idle | uncontended
harmful: processes | free-threaded
"""

import queue
import threading
import time

tasks = queue.Queue()


def consume():
    while tasks.get() is not None:
        pass


threads = [threading.Thread(target=consume) for _ in range(8)]
for thread in threads:
    thread.start()
for number in range(10):
    time.sleep(0.1)
    tasks.put(number)
for _ in threads:
    tasks.put(None)
for thread in threads:
    thread.join()
