"""Shutting down holds a lock and joins a worker, which needs that lock to end.

source: rohanpm/more-executors#98
kind: deadlock
line: NEEDS | JOINS
harmful: processes | free-threaded | same order
"""

import signal
import threading

signal.alarm(2)  # nobody else would end it
lock = threading.Lock()
begun = threading.Event()


def work():
    begun.set()
    while lock.acquire():  # NEEDS
        lock.release()


def shut_down():
    begun.wait()
    with lock:
        worker.join()  # JOINS


worker = threading.Thread(target=work, name="worker")
worker.start()
shut_down()
