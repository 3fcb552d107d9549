"""DataDog/dd-trace-py#895, affected 0.24.0, fixed 0.25.0.

A queue that is full replaces an item instead of refusing a new one. Between `Full` and taking the
lock again, another thread may empty it, and there is none to replace. The fix looks, and tries
anew. Read: the pull request and its discussion. There the item is chosen by chance; here it is the
first.

Truth: either world; the lock is let go of in between.
"""

import queue
import threading


class Affected(queue.Queue):
    def put(self, item):
        try:
            super().put(item, block=False)
        except queue.Full:
            with self.mutex:
                self.queue[0] = item


class Fixed(queue.Queue):
    def put(self, item):
        try:
            super().put(item, block=False)
        except queue.Full:
            with self.mutex:
                if self.queue:
                    self.queue[0] = item
                    return
            self.put(item)


def put_beside_get(traces):
    traces.put("old")
    got = []
    threads = [
        threading.Thread(target=traces.put, args=("new",)),
        threading.Thread(target=lambda: got.append(traces.get())),
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [*got, *traces.queue] in (["new"], ["old", "new"])


def test_affected():
    put_beside_get(Affected(maxsize=1))


def test_fixed():
    put_beside_get(Fixed(maxsize=1))
