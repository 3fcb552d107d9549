"""python/cpython#142651 (fix: #142656), affected 3.14.2, fixed 3.14.3.

A mock for threads counts its calls with `+=`, in an attribute that is a property. Read: the
report, made with the GIL, and the review, which wonders how to show it. Inferred: that the
property is what lets the GIL change hands between reading and writing.

Truth: either world. Setting the property calls a Python function with a value that may be stale.
"""

import threading


class Mock:
    def __init__(self):
        self.counts = {"calls": 0}
        self.lock = threading.RLock()

    @property
    def call_count(self):
        return self.counts["calls"]

    @call_count.setter
    def call_count(self, count):
        self.counts["calls"] = count

    def __call__(self):
        self.call_count += 1


class LockedMock(Mock):
    def __call__(self):
        with self.lock:
            super().__call__()


def call_twice(mock):
    threads = [threading.Thread(target=mock) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert mock.call_count == 2


def test_affected():
    call_twice(Mock())


def test_fixed():
    call_twice(LockedMock())
