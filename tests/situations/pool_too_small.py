"""More requests at a time than the pool has connections: they wait for a connection.

source: encode/httpx#557
kind: lock-bound | uncontended
line: CONNECTION
harmful: processes | free-threaded
"""

import threading
import time

connections = threading.BoundedSemaphore(2)


def request():
    for _ in range(5):
        with connections:  # CONNECTION
            time.sleep(0.02)


threads = [threading.Thread(target=request) for _ in range(12)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
