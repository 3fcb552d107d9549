"""Daemon threads that a test leaves behind: they poll, until the interpreter ends them."""

import threading
import time

from case import run


class Cache:
    """A daemon drops what is old, again and again."""

    def __init__(self, *, fails_after=None):
        self.lock = threading.Lock()
        self.items = {}
        self.rounds = 0
        self.fails_after = fails_after
        threading.Thread(target=self.clean, daemon=True).start()

    def clean(self):
        while True:
            time.sleep(10)
            self.rounds += 1
            assert self.rounds != self.fails_after
            with self.lock:
                self.items.clear()

    def put(self, key):
        with self.lock:
            self.items[key] = key


def work(*, fails_after=None):
    cache = Cache(fails_after=fails_after)
    run([lambda: cache.put(1), lambda: cache.put(2)], lambda: None)


def test_fixed_polling():
    work()


def test_broken_after_one_wait():
    work(fails_after=1)


def test_fixed_two():
    stop = threading.Event()
    seen = []

    def poll(seconds):
        while not stop.wait(seconds):
            seen.append(seconds)

    for seconds in (1, 100):
        threading.Thread(target=poll, args=(seconds,), daemon=True).start()


def test_broken_waited_for():
    """The thread that is no daemon waits for the third round of one that is."""
    rounds = []
    enough = threading.Event()

    def poll():
        while True:
            time.sleep(1)
            rounds.append(1)
            if len(rounds) == 3:
                enough.set()

    threading.Thread(target=poll, daemon=True).start()
    waiter = threading.Thread(target=enough.wait)
    waiter.start()
    waiter.join()
    assert len(rounds) < 3
