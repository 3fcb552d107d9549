"""A consumer has ended, and the producer waits for room in a queue that is full.

source: cgarciae/pypeln#110
kind: deadlock
line: PUT
harmful: free-threaded | processes | same order
"""

import queue
import signal
import threading

signal.alarm(2)  # nobody else would end it
threading.excepthook = lambda _: None
items = queue.Queue(4)


def consume():
    for _ in range(3):
        items.get()
    raise OSError("the disk is full")


threading.Thread(target=consume).start()
for number in range(100):
    items.put(number)  # PUT
