"""A program is done, and its pool waits for one worker that sleeps before it looks again.

source: rohanpm/more-executors#98
kind: idle | uncontended
line: SLEEP
harmful: processes | free-threaded
"""

import threading
import time
from concurrent.futures import ThreadPoolExecutor

is_stopped = threading.Event()


def watch():
    while not is_stopped.is_set():
        time.sleep(1.5)  # SLEEP


with ThreadPoolExecutor(4) as pool:
    pool.submit(watch)
    list(pool.map(abs, range(100)))
    is_stopped.set()
