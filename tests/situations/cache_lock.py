"""A cache fetches what it lacks while it holds its lock, so all wait for one fetch.

source: rhinstaller/anaconda#599
kind: lock-bound
line: LOCK
harmful: processes | free-threaded
"""

import threading
import time

lock, cache = threading.RLock(), {}


def get(key):
    with lock:  # LOCK
        if key not in cache:
            time.sleep(0.01)
            cache[key] = key
        return cache[key]


def work(first):
    for key in range(first, first + 15):
        get(key)


threads = [threading.Thread(target=work, args=(100 * each,)) for each in range(6)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
