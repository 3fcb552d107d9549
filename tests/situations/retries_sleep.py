"""Tasks in a pool are tried again after a pause, and the pauses take the time.

source: invl/retry#32
kind: uncontended | idle
harmful: processes | free-threaded
"""

import time
from concurrent.futures import ThreadPoolExecutor


def fetch(number):
    for attempt in range(4):
        time.sleep(0.03 * attempt)
        if attempt == 3:
            return number
    return None


with ThreadPoolExecutor(4) as workers:
    list(workers.map(fetch, range(12)))
