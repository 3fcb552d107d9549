"""Threads that wait, and nobody who will tell them: which of these programs hang, and which do not.

nobody_left.py KIND, one of those of `KINDS`.
"""

import os
import queue
import sys
import threading
import time
from concurrent.futures import Future

from _truth import ready

items = queue.Queue()
told = threading.Event()
lock = threading.Lock()


def gets():
    items.get()


def gets_for_a_while():
    items.get(timeout=1000)


def waits_for_a_signal():
    told.wait()


def sleeps():
    time.sleep(1000)


def takes_a_lock():
    lock.acquire()


KINDS = {
    # What the threads do beside the main thread, and what that does.
    "queue": ([gets, gets], "join"),
    "lock": ([takes_a_lock, takes_a_lock, takes_a_lock], "join"),
    "result": ([gets], "result"),
    "alone": ([], "result"),
    "signal": ([gets], "event"),
    "signal-in-thread": ([waits_for_a_signal, gets], "join"),
    "timeout": ([gets, gets_for_a_while], "join"),
    "sleep": ([gets, sleeps], "join"),
    "computes": ([gets], "compute"),
    "reads": ([gets], "read"),
}

works, main = KINDS[sys.argv[1]]
threads = [threading.Thread(target=work, name=work.__name__, daemon=True) for work in works]
for thread in threads:
    thread.start()
ready()
if main == "join":
    for thread in threads:
        thread.join()
elif main == "result":
    Future().result()  # result
elif main == "event":
    told.wait()
elif main == "compute":
    while True:
        pass
else:
    os.read(os.pipe()[0], 1)
