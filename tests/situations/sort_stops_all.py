"""A large list is sorted by one call while others wait for a few moments of Python.

source: DanielStutzbach/blist#27
kind: stall
line: SORT
harmful: asyncio
"""

import random
import threading
import time

over = threading.Event()


def heartbeat():
    while not over.is_set():
        time.sleep(0.005)


numbers = [random.random() for _ in range(600_000)]
thread = threading.Thread(target=heartbeat, name="heartbeat")
thread.start()
for _ in range(3):
    sorted(numbers)  # SORT
    time.sleep(0.1)
over.set()
thread.join()
