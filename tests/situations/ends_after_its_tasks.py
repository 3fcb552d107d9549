"""A program is done, and its end waits for tasks of a pool that sleep.

source: python/cpython#13250
kind: uncontended | idle | lock-bound
line: TASK
harmful: processes | free-threaded
"""

import time
from concurrent.futures import ThreadPoolExecutor


def clean_up():
    time.sleep(1.5)  # TASK


pool = ThreadPoolExecutor(2)
for _ in range(2):
    pool.submit(clean_up)
pool.shutdown(wait=False)
