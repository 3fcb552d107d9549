"""Threads whose names are not what they were born with, and which are gone by the end."""

import threading
import time

from _truth import fib, tell


class Courier(threading.Thread):
    def __init__(self) -> None:
        super().__init__()
        self.name = "courier of the crown"

    def run(self) -> None:
        fib(16)


def renamed() -> None:
    fib(16)
    threading.current_thread().name = "after"
    time.sleep(0.01)
    fib(16)


threads = [
    threading.Thread(target=fib, args=(16,), name="plain"),
    threading.Thread(target=renamed, name="before"),
    threading.Thread(target=fib, args=(16,), name="Ünïcødé ✓"),
    threading.Thread(target=fib, args=(16,), name="long-" + "x" * 100),
    Courier(),
]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
names = [thread.name for thread in threads]
threads.clear()
time.sleep(0.05)
tell(names=[*names, "MainThread"])
