"""Processes write to one file with a lock that all share, and wait for each other.

source: vatlab/sos#1183
kind: lock-bound | uncontended | elsewhere
line: LOCK
harmful: free-threaded | threads or asyncio
"""

import multiprocessing
import time


def write(lock):
    for _ in range(8):
        with lock:  # LOCK
            time.sleep(0.04)


if __name__ == "__main__":
    context = multiprocessing.get_context("fork")
    lock = context.Lock()
    processes = [context.Process(target=write, args=(lock,)) for _ in range(3)]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
