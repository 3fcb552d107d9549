"""dpkp/kafka-python#1399, affected 1.4.1, fixed 1.4.2.

A consumer goes through what it has fetched to see of which partitions it may fetch more; the
heartbeat thread adds a response: "deque mutated during iteration". Read: the report, its
traceback, and the maintainer's explanation. Inferred: that a lock is the fix.

Truth: either world; the loop jumps back.
"""

import threading
from collections import deque


class Fetcher:
    def __init__(self):
        self.lock = threading.Lock()
        self.completed = deque(["first"])

    def receive_affected(self):
        self.completed.append("second")

    def partitions_affected(self):
        discard = set()
        for partition in self.completed:
            discard.add(partition)
        return discard

    def receive_fixed(self):
        with self.lock:
            self.receive_affected()

    def partitions_fixed(self):
        with self.lock:
            return self.partitions_affected()


def fetch_beside(fetcher, receive, partitions):
    threads = [threading.Thread(target=receive), threading.Thread(target=partitions)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(fetcher.completed) == 2


def test_affected():
    fetcher = Fetcher()
    fetch_beside(fetcher, fetcher.receive_affected, fetcher.partitions_affected)


def test_fixed():
    fetcher = Fetcher()
    fetch_beside(fetcher, fetcher.receive_fixed, fetcher.partitions_fixed)
