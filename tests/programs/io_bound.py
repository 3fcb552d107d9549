"""Threads that mostly sleep: nothing to complain about."""

import threading
import time

from _truth import tell


def nap() -> None:
    for _ in range(20):
        time.sleep(0.025)


start = time.perf_counter()
threads = [threading.Thread(target=nap, name=f"napper-{i}") for i in range(4)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
tell(wall_s=time.perf_counter() - start)
