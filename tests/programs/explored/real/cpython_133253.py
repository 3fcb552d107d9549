"""python/cpython#133253 (fix: #133305), affected 3.13.3, fixed 3.14.0.

`linecache` looks whether it has an entry, and then looks at it; without the GIL another thread
takes it away in between. The fix takes it away at once, and looks then. Read: the report, which
says that it is about free threading, and the review of the fix.

Truth: without the GIL only; nothing is called between `in` and `[]`.
"""

import threading


class Lines:
    def __init__(self):
        self.cache = {"a.py": ["line", "line"]}

    def update_affected(self):
        if "a.py" in self.cache:
            if len(self.cache["a.py"]) != 1:
                self.cache.pop("a.py", None)

    def update_fixed(self):
        entry = self.cache.pop("a.py", None)
        if entry is not None and len(entry) == 1:
            self.cache["a.py"] = entry


def update_twice(lines, update):
    threads = [threading.Thread(target=update) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert lines.cache == {}


def test_affected():
    lines = Lines()
    update_twice(lines, lines.update_affected)


def test_fixed():
    lines = Lines()
    update_twice(lines, lines.update_fixed)
