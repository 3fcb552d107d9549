"""alisaifee/limits#26 (fix: #352), affected 5.8.0; mended since, not released.

Storage in memory starts a thread that expires entries, whenever none is running. Two requests find
none; one replaces the other's thread before that is started, and both start the same: "threads can
only be started once". Read: the report with its traceback, and the change, a lock around both.

Truth: either world. Between making the thread and starting it nothing is called, but the thread
that is replaced dies there, and a weak reference to it calls Python code: with the GIL, seen in 6
of 20,000 plain runs.
"""

import threading


class Storage:
    def __init__(self):
        self.lock = threading.Lock()
        self.timer = threading.Thread(target=self.expire)
        self.expired = 0

    def expire(self):
        self.expired += 1

    def schedule_affected(self):
        if not self.timer.is_alive():
            self.timer = threading.Thread(target=self.expire)
            self.timer.start()

    def schedule_fixed(self):
        with self.lock:
            self.schedule_affected()


def schedule_twice(storage, schedule):
    requests = [threading.Thread(target=schedule) for _ in range(2)]
    for request in requests:
        request.start()
    for request in requests:
        request.join()
    storage.timer.join()


def test_affected():
    storage = Storage()
    schedule_twice(storage, storage.schedule_affected)


def test_fixed():
    storage = Storage()
    schedule_twice(storage, storage.schedule_fixed)
