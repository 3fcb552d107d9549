"""A semaphore lets two of eight threads talk to a server at a time.

source: nelssec/qualys-mcp#143
kind: lock-bound
line: LIMIT
harmful: processes | free-threaded
"""

import threading
import time

limit = threading.Semaphore(2)


def fetch():
    for _ in range(5):
        with limit:  # LIMIT
            time.sleep(0.04)


threads = [threading.Thread(target=fetch) for _ in range(8)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
