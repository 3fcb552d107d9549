"""A thread waits for a condition that was notified before it began to wait.

source: python/cpython#74912
kind: deadlock
line: WAIT | JOIN
harmful: free-threaded | processes | same order
"""

import signal
import threading
import time

signal.alarm(2)  # nobody else would end it
ready = threading.Condition()


def prepare():
    with ready:
        ready.notify()


def use():
    time.sleep(0.2)
    with ready:
        ready.wait()  # WAIT


threads = [threading.Thread(target=each) for each in (prepare, use)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()  # JOIN
