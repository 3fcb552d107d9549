"""A queue to other processes pickles in a thread of its own: large tasks stop the main thread.

source: TGSAI/mdio-python#832
kind: stall | gc-pause
harmful: processpoolexecutor
"""

import multiprocessing
import threading
import time

grid = [{"x": n, "y": [n, n + 1]} for n in range(250_000)]
queue = multiprocessing.Queue()


def drain():
    while queue.get() is not None:
        pass


reader = threading.Thread(target=drain, name="reader")
reader.start()
for _ in range(3):
    queue.put(grid)
    for _ in range(40):
        time.sleep(0.01)
queue.put(None)
reader.join()
