"""tqdm/tqdm#700 (fix: #754), affected 4.32.1, fixed 4.32.2.

A new progress bar takes the line below the others, which it finds in a weak set of all bars. A bar
that another thread makes meanwhile changes the set: "Set changed size during iteration". Read: the
report, its traceback, and the fix: a lock around both.

Truth: either world; the set is gone through by generators.
"""

import threading
import weakref


class Bar:
    position = 0


class Bars:
    def __init__(self):
        self.lock = threading.Lock()
        self.shown = weakref.WeakSet()

    def show_affected(self, bar):
        bar.position = max((each.position for each in self.shown), default=-1) + 1
        self.shown.add(bar)

    def show_fixed(self, bar):
        with self.lock:
            self.show_affected(bar)


def show_twice(bars, show):
    first, *others = [Bar() for _ in range(3)]
    show(first)
    threads = [threading.Thread(target=show, args=(bar,)) for bar in others]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [first.position, *sorted(bar.position for bar in others)] == [0, 1, 2]


def test_affected():
    bars = Bars()
    show_twice(bars, bars.show_affected)


def test_fixed():
    bars = Bars()
    show_twice(bars, bars.show_fixed)
