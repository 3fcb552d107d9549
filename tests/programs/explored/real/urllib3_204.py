"""urllib3/urllib3#204, affected 1.6, fixed 1.7.

A manager looks for the pool of a host and adds one if there is none. Two threads both find none;
the second pool replaces the first, which is thereby closed: in the hands of the first thread.
"""

import threading


class Pool:
    closed = False

    def request(self):
        if self.closed:
            raise ConnectionError("the pool is closed")


class Pools:
    """Each of its operations is safe in itself: that is not enough."""

    def __init__(self):
        self.lock = threading.RLock()
        self.by_host = {}

    def get(self, host):
        with self.lock:
            return self.by_host.get(host)

    def put(self, host, pool):
        with self.lock:
            replaced = self.by_host.get(host)
            self.by_host[host] = pool
            if replaced is not None:
                replaced.closed = True


class Manager:
    def __init__(self):
        self.pools = Pools()

    def pool_affected(self, host):
        pool = self.pools.get(host)
        if pool is None:
            pool = Pool()
            self.pools.put(host, pool)
        return pool

    def pool_fixed(self, host):
        with self.pools.lock:
            return self.pool_affected(host)


def request_twice(pool_of):
    def work():
        pool_of("example.org").request()

    threads = [threading.Thread(target=work) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def test_affected():
    request_twice(Manager().pool_affected)


def test_fixed():
    request_twice(Manager().pool_fixed)
