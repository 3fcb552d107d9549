"""pallets/jinja#8, affected 2.5.5, fixed 2.8 at the latest.

A cache keeps its keys in order of use. Storing a key takes the lock; looking one up does not,
although it moves the key to the end: it takes it out, and puts it back. A thread that stores the
key in between does not find it.
"""

import threading


class Cache:
    def __init__(self):
        self.lock = threading.Lock()
        self.values = {"a": 1, "b": 2}
        self.order = ["a", "b"]

    def store(self):
        with self.lock:
            self.order.remove("a")
            self.order.append("a")
            self.values["a"] = 3

    def look_up_affected(self):
        self.order.remove("a")
        self.order.append("a")
        return self.values["a"]

    def look_up_fixed(self):
        with self.lock:
            return self.look_up_affected()


def store_beside(cache, look_up):
    threads = [threading.Thread(target=cache.store), threading.Thread(target=look_up)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert cache.order == ["b", "a"]
    assert cache.values == {"a": 3, "b": 2}


def test_affected():
    cache = Cache()
    store_beside(cache, cache.look_up_affected)


def test_fixed():
    cache = Cache()
    store_beside(cache, cache.look_up_fixed)
