"""python/cpython#98624 (fix: #98688), affected 3.11.0, fixed 3.12.0.

A mock makes its attributes when they are first read, in `__getattr__`. Two threads that read one
at once get two different mocks, and what is called on one of them is lost. The fix is a lock,
which all mocks share. Read: the report and the pull request.

Truth: either world, as making the child runs Python code.
"""

import threading


class Mock:
    def __init__(self):
        self.children = {}

    def __getattr__(self, name):
        child = self.children.get(name)
        if child is None:
            child = type(self)()
            self.children[name] = child
        return child


class LockedMock(Mock):
    lock = threading.RLock()

    def __getattr__(self, name):
        with self.lock:
            return super().__getattr__(name)


def read_twice(mock):
    seen = []
    threads = [threading.Thread(target=lambda: seen.append(mock.sendall)) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert seen[0] is seen[1]


def test_affected():
    read_twice(Mock())


def test_fixed():
    read_twice(LockedMock())
