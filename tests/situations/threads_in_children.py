"""Work was moved to processes, and each of them uses threads for it.

source: benoitc/gunicorn#1045
kind: cpu-bound
line: COMPUTE
gain: no-gil 0.3
harmful: asyncio
"""

import ctypes
import multiprocessing
import threading

keeps = ctypes.PyDLL(None).usleep


def compute():
    for _ in range(200):
        keeps(1500)  # COMPUTE


def task():
    threads = [threading.Thread(target=compute) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


if __name__ == "__main__":
    children = [multiprocessing.get_context("fork").Process(target=task) for _ in range(2)]
    for child in children:
        child.start()
    for child in children:
        child.join()
