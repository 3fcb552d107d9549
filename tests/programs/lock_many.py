"""Many threads wait for one lock at the same time: lock_many.py COUNT.

Truth: each of them was blocked in one line until another, which had the lock before, gave it up.
"""

import sys
import threading
import time

from _truth import line_of, tell

count = int(sys.argv[1])
lock = threading.Lock()
begun: list[int] = []
order: list[str] = []


def wait() -> None:
    begun.append(0)
    with lock:  # waits
        order.append(threading.current_thread().name)


threading.stack_size(256 * 1024)
lock.acquire()
threads = [threading.Thread(target=wait, name=f"w{i}") for i in range(count)]
for each in threads:
    each.start()
while len(begun) < count:
    time.sleep(0.01)
time.sleep(1)
order.append("MainThread")
lock.release()
for each in threads:
    each.join()
tell(order=order, line=line_of("waits", __file__))
