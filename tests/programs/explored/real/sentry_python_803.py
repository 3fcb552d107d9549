"""getsentry/sentry-python#803 (fix: #814), affected 0.17.4, fixed 0.17.5.

A worker holds the lock of its queue when an object is finalised, and the object's `__del__` sends
a message: to the same queue. The fix is a lock that can be taken again by who has it. Read: the
report and the pull request. There the collector of garbage runs the finalizer; here it is whoever
drops the last reference, so that the schedule decides.

Truth: a deadlock in either world, if the worker's is the last reference.
"""

import threading


class Queue:
    def __init__(self, lock):
        self.lock = lock
        self.items = []

    def put(self, item):
        with self.lock:
            self.items.append(item)

    def clear(self):
        with self.lock:
            self.items.clear()


class Noisy:
    def __init__(self, queue):
        self.queue = queue

    def __del__(self):
        self.queue.put("finalised")


def drop_beside_worker(lock):
    queue = Queue(lock)
    held = [Noisy(queue)]
    queue.put(held[0])
    threads = [threading.Thread(target=queue.clear), threading.Thread(target=held.clear)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert queue.items == ["finalised"]


def test_affected():
    drop_beside_worker(threading.Lock())


def test_fixed():
    drop_beside_worker(threading.RLock())
