"""python/cpython#142495 (fix: #142668), affected 3.14.2, fixed 3.14.3.

`defaultdict` makes a value for a key that is missing, and stores it even if another thread has
stored one meanwhile: what was put into that is lost. The fix keeps the value that is there. Read:
the report and the pull request. There it is C; here it is `__missing__` in Python.

Truth: either world; what makes the value is a Python function.
"""

import threading


class Groups(dict):
    def make(self):
        return []

    def __missing__(self, key):
        value = self.make()
        self[key] = value
        return value


class FixedGroups(Groups):
    def __missing__(self, key):
        return self.setdefault(key, self.make())


def add_twice(groups):
    def add(item):
        groups["key"].append(item)

    threads = [threading.Thread(target=add, args=(item,)) for item in (1, 2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(groups["key"]) == [1, 2]


def test_affected():
    add_twice(Groups())


def test_fixed():
    add_twice(FixedGroups())
