"""agronholm/pythonfutures#14 (CPython's bpo-14406), affected 2.1.2, fixed 2.1.3.

`wait()` waits until a counter of unfinished futures is zero. Two workers finish at once, and both
take one from the same number: `wait()` never returns. Read: the report, its symptom, and that
CPython had the same. Inferred: which statement it is, from the lock that was added around it.

Truth: without the GIL only. Nothing is called between reading and writing `pending`.
"""

import threading


class Waiter:
    def __init__(self, futures):
        self.lock = threading.Lock()
        self.finished = threading.Event()
        self.pending = futures

    def finish_affected(self):
        self.pending -= 1
        if not self.pending:
            self.finished.set()

    def finish_fixed(self):
        with self.lock:
            self.finish_affected()


def wait_for(waiter, finish):
    workers = [threading.Thread(target=finish) for _ in range(2)]
    for worker in workers:
        worker.start()
    waiter.finished.wait()
    for worker in workers:
        worker.join()


def test_affected():
    waiter = Waiter(2)
    wait_for(waiter, waiter.finish_affected)


def test_fixed():
    waiter = Waiter(2)
    wait_for(waiter, waiter.finish_fixed)
