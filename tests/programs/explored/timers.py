"""A timer that fires while it is being cancelled."""

import threading
import time


class Once:
    """The first to claim it has it."""

    def __init__(self):
        self.lock = threading.Lock()
        self.owner = None

    def claim(self, owner):
        with self.lock:
            if self.owner is None:
                self.owner = owner
            return self.owner == owner


def test_broken_cancel():
    fired = []
    timer = threading.Timer(0, fired.append, [1])
    timer.start()
    timer.cancel()
    timer.join()
    assert not fired


def test_broken_late():
    fired = []
    timer = threading.Timer(1, fired.append, [1])
    timer.start()
    time.sleep(2)
    timer.cancel()
    timer.join()
    assert not fired


def test_broken_decided():
    """Was it cancelled or did it fire? Both, they say."""
    outcome = []

    def fire():
        if not outcome:
            outcome.append("fired")

    timer = threading.Timer(0, fire)
    timer.start()
    if not outcome:
        outcome.append("cancelled")
    timer.join()
    assert len(outcome) == 1


def test_fixed_decided():
    once = Once()
    outcome = [False, False]

    def fire():
        outcome[0] = once.claim("fired")

    timer = threading.Timer(0, fire)
    timer.start()
    outcome[1] = once.claim("cancelled")
    timer.join()
    assert outcome.count(True) == 1


def test_fixed_fires():
    fired = []
    timer = threading.Timer(1, fired.append, [1])
    timer.start()
    timer.join()
    assert fired == [1]


def test_fixed_early():
    """A clock that stands still while anybody can run never gets there."""
    fired = []
    timer = threading.Timer(1, fired.append, [1])
    timer.start()
    timer.cancel()
    timer.join()
    assert not fired


def test_fixed_polling():
    done = []

    def work():
        done.append(1)

    thread = threading.Thread(target=work)
    thread.start()
    while not done:
        time.sleep(0.01)
    thread.join()
    assert done == [1]


def test_broken_late_release():
    lock = threading.Lock()
    lock.acquire()
    got = []
    waiter = threading.Thread(target=lambda: got.append(lock.acquire(timeout=1)))
    waiter.start()
    time.sleep(0.5)
    time.sleep(0.5)  # ends at the moment at which the waiter gives up
    lock.release()
    waiter.join()
    assert got == [True]


def test_broken_late_join():
    got = []

    def work():
        time.sleep(0.5)
        time.sleep(0.5)
        got.append(1)

    worker = threading.Thread(target=work)
    worker.start()
    worker.join(1)
    assert got == [1]
