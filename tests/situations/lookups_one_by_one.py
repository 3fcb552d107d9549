"""Names are looked up by one thread, one after another, and all others wait for it.

source: spesmilo/electrum#4421
kind: uncontended | lock-bound | idle
harmful: processes | free-threaded
"""

import queue
import threading
import time

asked = queue.Queue()


def resolve():
    while (answer := asked.get()) is not None:
        time.sleep(0.02)
        answer.set()


def connect():
    for _ in range(6):
        answer = threading.Event()
        asked.put(answer)
        answer.wait()


thread = threading.Thread(target=resolve, name="resolver")
thread.start()
clients = [threading.Thread(target=connect) for _ in range(5)]
for each in clients:
    each.start()
for each in clients:
    each.join()
asked.put(None)
thread.join()
