"""boto/botocore#1776 (fix: #2985), affected 1.12.180, fixed 1.31.16.

A session makes its components when they are first asked for, and then strikes the factory off. Two
threads that ask at once both make it, and the second finds nothing to strike off: `KeyError`.
Read: the report, the pull request and its discussion. The fix caught that `KeyError`; without the
GIL the factory can also vanish between `in` and `[]`. The fixed form here closes that gap as well.

Truth: either world. The factory is Python code, so a thread may be switched away from within it.
"""

import threading


class Components:
    def __init__(self):
        self.made = {}
        self.deferred = {"resolver": self.make}

    def make(self):
        return object()

    def get_affected(self, name):
        if name in self.deferred:
            factory = self.deferred[name]
            self.made[name] = factory()
            del self.deferred[name]
        return self.made[name]

    def get_fixed(self, name):
        factory = self.deferred.get(name)
        if factory is not None:
            self.made[name] = factory()
            self.deferred.pop(name, None)
        return self.made[name]


def get_twice(get):
    threads = [threading.Thread(target=get, args=("resolver",)) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def test_affected():
    get_twice(Components().get_affected)


def test_fixed():
    get_twice(Components().get_fixed)
