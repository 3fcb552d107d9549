"""python/cpython#126775 (fix: #126776), affected 3.13.1, fixed 3.13.2.

`linecache` goes through the names of its entries and forgets those that are stale. An entry whose
name it has may be gone when it looks: another thread forgot it. The fix asks with `get`, and
deletes with `pop`. Read: the report and the pull request; python/cpython#18007 had mended half of
it.

Truth: either world; finding out what is stale is a call.
"""

import threading


class Lines:
    def __init__(self):
        self.cache = {"a.py": 1, "b.py": 2}

    def is_stale(self, entry):
        return entry == 2

    def check_affected(self):
        for name in list(self.cache):
            entry = self.cache[name]
            if self.is_stale(entry):
                self.cache.pop(name, None)

    def check_fixed(self):
        for name in list(self.cache):
            entry = self.cache.get(name)
            if entry is not None and self.is_stale(entry):
                self.cache.pop(name, None)


def check_twice(lines, check):
    threads = [threading.Thread(target=check) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert lines.cache == {"a.py": 1}


def test_affected():
    lines = Lines()
    check_twice(lines, lines.check_affected)


def test_fixed():
    lines = Lines()
    check_twice(lines, lines.check_fixed)
