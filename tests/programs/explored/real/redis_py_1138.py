"""redis/redis-py#1138 (fix: #1270), affected 3.3.11, fixed 3.4.0.

After a fork, the first thread to use a pool resets it, under a lock; whether that is needed is seen
from the process id, without it. The reset wrote the new id first: another thread took the pool for
reset, used a connection of the parent, and then failed to return it. The fix writes the id last.
"""

import threading

PARENT, CHILD = 1, 2


class Process:
    pid = PARENT


class Connection:
    def __init__(self, pid):
        self.pid = pid


class AffectedPool:
    def __init__(self, process):
        self.process = process
        self.lock = threading.Lock()
        self.reset()
        self.available.append(Connection(process.pid))

    def reset(self):
        self.pid = self.process.pid
        self.available = []
        self.in_use = set()

    def reset_if_forked(self):
        if self.pid != self.process.pid:
            with self.lock:
                if self.pid != self.process.pid:
                    self.reset()

    def get(self):
        self.reset_if_forked()
        try:
            connection = self.available.pop()
        except IndexError:
            connection = Connection(self.process.pid)
        self.in_use.add(connection)
        return connection

    def release(self, connection):
        self.reset_if_forked()
        self.in_use.remove(connection)
        self.available.append(connection)


class FixedPool(AffectedPool):
    def reset(self):
        self.available = []
        self.in_use = set()
        self.pid = self.process.pid


def use_in_child(pool_class):
    process = Process()
    pool = pool_class(process)
    process.pid = CHILD  # as if here were a fork
    used = []

    def work():
        connection = pool.get()
        used.append(connection.pid)
        pool.release(connection)

    threads = [threading.Thread(target=work) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert used == [CHILD, CHILD]


def test_affected():
    use_in_child(AffectedPool)


def test_fixed():
    use_in_child(FixedPool)
