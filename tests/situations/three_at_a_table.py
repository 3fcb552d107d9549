"""Three threads each take what is at their left, then at their right, and nobody gets both.

source: python-hyper/hyper#275
kind: deadlock
line: SECOND
harmful: free-threaded | processes
"""

import signal
import threading
import time

signal.alarm(2)  # nobody else would end it
forks = [threading.Lock() for _ in range(3)]


def dine(seat):
    first, second = forks[seat], forks[(seat + 1) % 3]
    first.acquire()
    time.sleep(0.1)
    second.acquire()  # SECOND
    second.release()
    first.release()


threads = [threading.Thread(target=dine, args=(n,), name=f"diner-{n}") for n in range(3)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
