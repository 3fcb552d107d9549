"""Workers of a task queue run tasks of pure Python, taken from one queue.

source: coleifer/huey#89
kind: cpu-bound
line: TASK
gain: no-gil 0.4
harmful: asyncio
"""

import ctypes
import queue
import threading

keeps = ctypes.PyDLL(None).usleep
tasks = queue.Queue()


def consume():
    while tasks.get() is not None:
        for _ in range(20):
            keeps(1500)  # TASK


threads = [threading.Thread(target=consume) for _ in range(4)]
for thread in threads:
    thread.start()
for number in range(40):
    tasks.put(number)
for _ in threads:
    tasks.put(None)
for thread in threads:
    thread.join()
