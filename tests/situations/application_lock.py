"""One lock around a call to a database: threads wait for each other, not for the GIL.

source: joerick/pyinstrument#71
kind: lock-bound
line: LOCK
harmful: processes | free-threaded
"""

import threading
import time

lock = threading.Lock()


def work():
    for _ in range(10):
        with lock:  # LOCK
            time.sleep(0.02)


threads = [threading.Thread(target=work) for _ in range(4)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
