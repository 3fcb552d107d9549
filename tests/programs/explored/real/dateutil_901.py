"""dateutil/dateutil#901 (fix: #973), affected 2.8.0, fixed 2.8.1.

A cache keeps the time zones used last: it takes an entry out and puts it back at the end. On
Python 2 the ordered dictionary is Python code, which looks whether it has the key, and then
deletes it; two threads delete it once too often. Read: the report, its traceback, and the
discussion of both.

Truth: either world, as each operation of the dictionary is a Python function.
"""

import threading


class OrderedDict:
    """As much of Python 2's as matters."""

    def __init__(self):
        self.values = {}

    def __contains__(self, key):
        return key in self.values

    def __getitem__(self, key):
        return self.values[key]

    def __setitem__(self, key, value):
        self.values[key] = value

    def __delitem__(self, key):
        del self.values[key]

    def pop(self, key, default):
        if key in self:
            value = self[key]
            del self[key]
            return value
        return default


class Zones:
    def __init__(self):
        self.lock = threading.Lock()
        self.recent = OrderedDict()
        self.recent["EST"] = "zone"

    def get_affected(self, name):
        self.recent[name] = self.recent.pop(name, "zone")

    def get_fixed(self, name):
        with self.lock:
            self.get_affected(name)


def get_twice(zones, get):
    threads = [threading.Thread(target=get, args=("EST",)) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert zones.recent.values == {"EST": "zone"}


def test_affected():
    zones = Zones()
    get_twice(zones, zones.get_affected)


def test_fixed():
    zones = Zones()
    get_twice(zones, zones.get_fixed)
