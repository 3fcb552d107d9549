"""A producer ended by an exception, and consumers wait for what it will never send.

source: RadarML/red-rover#23
kind: deadlock
line: GET | JOIN
harmful: free-threaded | processes
"""

import queue
import signal
import threading
import time

signal.alarm(2)  # nobody else would end it
threading.excepthook = lambda _: None
items = queue.Queue()


def produce():
    for number in range(5):
        time.sleep(0.02)
        items.put(number)
    raise OSError("the connection was lost")


def consume():
    while True:
        item = items.get()  # GET
        if item is None:
            return


threads = [threading.Thread(target=each) for each in (produce, consume, consume)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()  # JOIN
