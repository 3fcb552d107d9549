"""psycopg/psycopg#1300 (fix: #1301), affected psycopg_pool 3.3.0, fixed 3.3.1.

A pool makes its lock when it is first opened, so that it can be made anywhere. Two threads that
open it make two locks, and each holds its own. The fix makes the lock with the pool. Read: the
report and its discussion. Inferred: how the workers come to be started twice.

Truth: either world; making a lock is a call.
"""

import threading


class Pool:
    def __init__(self, lock):
        self.lock = lock
        self.opened = False
        self.workers = []

    def open(self):
        if self.lock is None:
            self.lock = threading.RLock()
        with self.lock:
            if not self.opened:
                self.start_workers()
                self.opened = True

    def start_workers(self):
        assert not self.workers
        self.workers.append("worker")


def open_twice(pool):
    threads = [threading.Thread(target=pool.open) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert pool.workers == ["worker"]


def test_affected():
    open_twice(Pool(lock=None))


def test_fixed():
    open_twice(Pool(lock=threading.RLock()))
