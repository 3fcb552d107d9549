"""Ends while daemon threads are busy with the GIL, in it and without it."""

import threading
import time

from _truth import fib, tell


def compute() -> None:
    while True:
        fib(10)


def nap() -> None:
    while True:
        time.sleep(0.0005)


for i in range(4):
    threading.Thread(target=compute, name=f"compute-{i}", daemon=True).start()
    threading.Thread(target=nap, name=f"nap-{i}", daemon=True).start()
time.sleep(0.2)
tell(threads=threading.active_count())
