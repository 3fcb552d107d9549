"""Each step of many bars of progress is drawn with one lock held, on a slow screen.

source: tqdm/tqdm#838
kind: lock-bound
line: WAITS
harmful: processes | free-threaded
"""

import threading
import time

lock = threading.RLock()


def draw():
    time.sleep(0.004)


def work():
    for _ in range(15):
        time.sleep(0.002)
        with lock:  # WAITS
            draw()


threads = [threading.Thread(target=work) for _ in range(8)]
for each in threads:
    each.start()
for each in threads:
    each.join()
