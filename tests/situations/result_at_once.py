"""Each task is waited for before the next one is submitted: a pool that is used for one at a time.

source: giampaolo/psutil#1038
kind: uncontended
line: TASK | RESULT
harmful: processes | free-threaded
"""

import time
from concurrent.futures import ThreadPoolExecutor


def task():
    time.sleep(0.05)  # TASK


with ThreadPoolExecutor(4) as pool:
    for _ in range(16):
        pool.submit(task).result()  # RESULT
