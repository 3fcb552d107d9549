"""Threads wait for an event that nobody sets, because the thread that should is gone.

source: python/cpython#140746
kind: deadlock | idle | uncontended
harmful: free-threaded | processes | same order | while it has work
"""

import signal
import threading
import time

signal.alarm(2)  # nobody else would end it
threading.excepthook = lambda _: None
is_loaded = threading.Event()


def load():
    time.sleep(0.1)
    raise OSError("no such file")


def serve():
    is_loaded.wait()  # WAIT


threads = [threading.Thread(target=each) for each in (load, serve, serve)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
