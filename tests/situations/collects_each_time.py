"""Workers call `gc.collect()` after each task, and a large heap stands still each time.

source: dgtlmoon/changedetection.io#4431
kind: gc-pause
harmful: processes
"""

import gc
import threading
import time

kept = [[n] for n in range(300_000)]
over = threading.Event()


def check():
    while not over.is_set():
        gc.collect()
        time.sleep(0.005)


def answer():
    for _ in range(200):
        time.sleep(0.005)
        sum(range(100))


threads = [threading.Thread(target=check, name=f"fetcher-{n}") for n in range(2)]
for each in threads:
    each.start()
answer()
over.set()
for each in threads:
    each.join()
