"""A rate limiter sleeps with its lock held, and all keys wait behind one.

source: vutran1710/PyrateLimiter#301
kind: lock-bound
line: WAITS
harmful: processes | free-threaded
"""

import threading
import time

lock = threading.RLock()


def acquire(key):
    with lock:  # WAITS
        if key == "slow":
            time.sleep(0.05)


def serve(key):
    for _ in range(12):
        acquire(key)
        time.sleep(0.001)


threads = [threading.Thread(target=serve, args=("slow",), name="slow")]
threads += [threading.Thread(target=serve, args=(f"quick-{n}",)) for n in range(4)]
for each in threads:
    each.start()
for each in threads:
    each.join()
