"""A thread goes to sleep after the call that was to wake it."""

import threading

from case import run


class State:
    ready = False


def nothing():
    pass


def broken_condition():
    """Nobody remembers a notification."""
    condition = threading.Condition()

    def waiter():
        with condition:
            condition.wait()

    def notifier():
        with condition:
            condition.notify()

    return [waiter, notifier], nothing


def broken_flag_outside():
    state = State()
    condition = threading.Condition()

    def waiter():
        if not state.ready:
            with condition:
                condition.wait()

    def notifier():
        with condition:
            state.ready = True
            condition.notify()

    return [waiter, notifier], nothing


def broken_set_outside():
    """The flag changes without the lock, between the check and the wait."""
    state = State()
    condition = threading.Condition()

    def is_ready():
        return state.ready

    def waiter():
        with condition:
            if not is_ready():
                condition.wait()

    def notifier():
        state.ready = True
        if condition.acquire(blocking=False):
            condition.notify()
            condition.release()

    return [waiter, notifier], nothing


def fixed_condition():
    state = State()
    condition = threading.Condition()

    def waiter():
        with condition:
            while not state.ready:
                condition.wait()

    def notifier():
        with condition:
            state.ready = True
            condition.notify()

    return [waiter, notifier], nothing


def fixed_wait_for():
    state = State()
    condition = threading.Condition(threading.Lock())

    def waiter():
        with condition:
            condition.wait_for(lambda: state.ready)

    def notifier():
        with condition:
            state.ready = True
            condition.notify_all()

    return [waiter, notifier], nothing


def fixed_timeout():
    """A lost notification costs time and no more."""
    state = State()
    condition = threading.Condition()

    def waiter():
        with condition:
            condition.wait(timeout=1)

    def notifier():
        with condition:
            state.ready = True
            condition.notify()

    def check():
        assert state.ready

    return [waiter, notifier], check


def broken_event():
    """The waiter clears what it was to wait for."""
    event = threading.Event()

    def waiter():
        event.clear()
        event.wait()

    return [waiter, event.set], nothing


def fixed_event():
    event = threading.Event()
    return [event.wait, event.set], nothing


def broken_notify_one():
    """Two wait, one is woken."""
    state = State()
    condition = threading.Condition()

    def waiter():
        with condition:
            while not state.ready:
                condition.wait()

    def opener():
        with condition:
            state.ready = True
            condition.notify()

    return [waiter, waiter, opener], nothing


def fixed_notify_all():
    state = State()
    condition = threading.Condition()

    def waiter():
        with condition:
            while not state.ready:
                condition.wait()

    def opener():
        with condition:
            state.ready = True
            condition.notify_all()

    return [waiter, waiter, opener], nothing


def consumers(wait):
    """Two consumers and a producer of two items, one notification each."""
    condition = threading.Condition()
    items = []
    taken = []

    def consumer():
        with condition:
            wait(condition, items)
            taken.append(items.pop())

    def producer():
        for item in (1, 2):
            with condition:
                items.append(item)
                condition.notify()

    def check():
        assert sorted(taken) == [1, 2]

    return [consumer, consumer, producer], check


def broken_if():
    """Who was woken finds that another took the item before."""

    def wait(condition, items):
        if not items:
            condition.wait()

    return consumers(wait)


def fixed_while():
    def wait(condition, items):
        while not items:
            condition.wait()

    return consumers(wait)


def test_broken_condition():
    run(*broken_condition())


def test_broken_flag_outside():
    run(*broken_flag_outside())


def test_broken_set_outside():
    run(*broken_set_outside())


def test_fixed_condition():
    run(*fixed_condition())


def test_fixed_wait_for():
    run(*fixed_wait_for())


def test_fixed_timeout():
    run(*fixed_timeout())


def test_broken_event():
    run(*broken_event())


def test_fixed_event():
    run(*fixed_event())


def test_broken_notify_one():
    run(*broken_notify_one())


def test_fixed_notify_all():
    run(*fixed_notify_all())


def test_broken_if():
    run(*broken_if())


def test_fixed_while():
    run(*fixed_while())
