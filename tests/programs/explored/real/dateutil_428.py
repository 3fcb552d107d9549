"""dateutil/dateutil#428, affected 2.6.1, fixed 2.7.0.

A calendar's time zone caches what it found in two lists, dates in one and results in the other. A
thread that finds the date before the other list has the result gets an `IndexError`. Read: the
report with its traceback. Inferred: the order in which the lists are filled. The fix is a lock.

Truth: either world; the lists are changed by two calls.
"""

import threading


class Calendar:
    def __init__(self):
        self.lock = threading.Lock()
        self.dates = []
        self.offsets = []

    def find(self, date):
        return date * 60

    def offset_affected(self, date):
        try:
            return self.offsets[self.dates.index(date)]
        except ValueError:
            offset = self.find(date)
        self.dates.insert(0, date)
        self.offsets.insert(0, offset)
        return offset

    def offset_fixed(self, date):
        with self.lock:
            return self.offset_affected(date)


def look_up_twice(offset):
    found = []
    threads = [threading.Thread(target=lambda: found.append(offset(2))) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [120, 120]


def test_affected():
    look_up_twice(Calendar().offset_affected)


def test_fixed():
    look_up_twice(Calendar().offset_fixed)
