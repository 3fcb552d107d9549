"""Many threads of an idle cluster wake up now and then, and go to sleep again.

source: dask/distributed#1313
kind: uncontended | idle
harmful: processes | free-threaded
"""

import threading

stop = threading.Event()


def look():
    while not stop.wait(0.03):
        pass


threads = [threading.Thread(target=look) for _ in range(30)]
for thread in threads:
    thread.start()
threading.Event().wait(1.0)
stop.set()
for thread in threads:
    thread.join()
