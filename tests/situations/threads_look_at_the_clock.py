"""Thirty threads of an idle program wake up a hundred times a second, and look at the time.

source: ganga-devs/ganga#1496
kind: uncontended | idle
harmful: processes | free-threaded
"""

import threading
import time

END = time.monotonic() + 2


def watch():
    wakes = threading.Event()
    while time.monotonic() < END:
        wakes.wait(0.01)


threads = [threading.Thread(target=watch) for _ in range(30)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
