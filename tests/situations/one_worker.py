"""Quick requests wait behind slow ones, because there is one worker for all.

source: benoitc/gunicorn#2191
kind: uncontended
line: SLOW
harmful: processes | free-threaded
"""

import time
from concurrent.futures import ThreadPoolExecutor


def slow():
    time.sleep(0.15)  # SLOW


def quick():
    pass


with ThreadPoolExecutor(1) as pool:
    for _ in range(5):
        pool.submit(slow)
        pool.submit(quick)
