"""A thread tries again and again to get a lock that another has while it computes.

source: bartfeenstra/betty#4077
kind: busy-wait
line: TRIES
harmful: processes
"""

import threading

lock = threading.Lock()
has_it = threading.Event()


def compute():
    with lock:
        has_it.set()
        total = 0
        for number in range(12_000_000):
            total += number & 3


thread = threading.Thread(target=compute, name="compute")
thread.start()
has_it.wait()
while not lock.acquire(blocking=False):  # TRIES
    pass
lock.release()
thread.join()
