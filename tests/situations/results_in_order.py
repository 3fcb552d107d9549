"""Results are taken in the order of their tasks: the first one is slow, and all wait for it.

source: ebonnal/streamable#19
kind: uncontended | idle
harmful: processes | free-threaded
"""

import time
from concurrent.futures import ThreadPoolExecutor


def fetch(number):
    time.sleep(1.0 if number % 8 == 0 else 0.02)
    return number


with ThreadPoolExecutor(4) as pool:
    for _ in pool.map(fetch, range(16)):
        time.sleep(0.005)
