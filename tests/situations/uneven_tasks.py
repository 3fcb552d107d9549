"""All threads wait at a barrier for the one that has the slowest disk.

source: marin-community/marin#7039
kind: uncontended
harmful: processes | free-threaded
"""

import threading
import time

barrier = threading.Barrier(4)


def work(seconds):
    for _ in range(8):
        time.sleep(seconds)
        barrier.wait()


threads = [threading.Thread(target=work, args=(each,)) for each in (0.01, 0.01, 0.01, 0.1)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
