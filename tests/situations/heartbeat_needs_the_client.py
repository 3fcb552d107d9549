"""A consumer polls with its client's lock held, and the heartbeat waits for that lock.

source: dpkp/kafka-python#1896
kind: lock-bound
line: WAITS
harmful: processes | free-threaded
"""

import threading
import time

lock = threading.RLock()
over = False


def heartbeat():
    while not over:
        with lock:  # WAITS
            pass
        time.sleep(0.002)


thread = threading.Thread(target=heartbeat, name="heartbeat")
thread.start()
for _ in range(12):
    with lock:
        time.sleep(0.05)
    time.sleep(0.001)
over = True
thread.join()
