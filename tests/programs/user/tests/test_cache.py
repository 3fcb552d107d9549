"""Passes nearly always, and fails in an order of its threads."""

import threading


class Cache:
    def __init__(self):
        self.made = 0
        self.value = None

    def get(self):
        if self.value is None:
            self.made += 1
            self.value = object()
        return self.value


def test_two_writers():
    cache = Cache()
    threads = [threading.Thread(target=cache.get) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert cache.made == 1
