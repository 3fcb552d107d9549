"""A server has one worker: what it does for each request is to wait for a database.

source: grpc/grpc#19941
kind: uncontended | idle
harmful: processes | free-threaded
"""

import time
from concurrent.futures import ThreadPoolExecutor

with ThreadPoolExecutor(1) as workers:
    answers = [workers.submit(time.sleep, 0.03) for _ in range(20)]
    for each in answers:
        each.result()
