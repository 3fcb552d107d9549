"""A worker waits for room in a queue with a lock that the one who would make room needs.

source: coleifer/huey#89
kind: deadlock
line: PUT | LOCK
harmful: processes | free-threaded
"""

import queue
import signal
import threading
import time

jobs = queue.Queue(1)
lock = threading.Lock()


def produce():
    with lock:
        for number in range(5):
            jobs.put(number)  # PUT


def consume():
    while True:
        time.sleep(0.1)
        with lock:  # LOCK
            jobs.get()


signal.alarm(2)  # nobody else would end it
threads = [threading.Thread(target=each) for each in (produce, consume)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
