"""Connections are kept in a queue, and most threads wait until one is put back.

source: pydantic/httpx2#224
kind: lock-bound | uncontended
line: GET
harmful: processes | free-threaded
"""

import queue
import threading
import time

connections = queue.Queue()
for number in range(2):
    connections.put(number)


def request():
    for _ in range(5):
        connection = connections.get()  # GET
        time.sleep(0.02)
        connections.put(connection)


threads = [threading.Thread(target=request) for _ in range(12)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
