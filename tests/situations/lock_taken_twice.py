"""A method takes a lock and reads a property that takes the same lock: it waits for itself.

source: apache/texera#4794
kind: deadlock
line: AGAIN
harmful: processes | free-threaded | same order
"""

import signal
import threading

signal.alarm(2)  # nobody else would end it


class Counter:
    def __init__(self):
        self.lock = threading.Lock()
        self.count = 0

    @property
    def value(self):
        with self.lock:  # AGAIN
            return self.count

    def swap(self, new):
        with self.lock:
            old, self.count = self.value, new
            return old


thread = threading.Thread(target=Counter().swap, args=(99,), name="caller")
thread.start()
thread.join()
