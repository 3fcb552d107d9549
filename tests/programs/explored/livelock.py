"""Threads that run for ever and get nowhere."""

import threading

from case import run


class State:
    asked = False
    go = False


def nothing():
    pass


def broken_never_set():
    """The flag that is set is another."""
    state = State()

    def spinner():
        while not state.go:
            pass

    def setter():
        state.gone = True

    return [spinner, setter], nothing


def broken_missed():
    """Whether the flag is set depends on who came first."""
    state = State()

    def spinner():
        state.asked = True
        while not state.go:
            pass

    def setter():
        if state.asked:
            state.go = True

    return [spinner, setter], nothing


def polite(first, second, rounds):
    """Takes both locks or, each time, gives the one back; tells whether it got them."""
    for _ in rounds:
        first.acquire()
        if second.acquire(blocking=False):
            second.release()
            first.release()
            return True
        first.release()
    return False


def for_ever():
    while True:
        yield


def broken_backoff():
    """Gives up after two rounds of mutual politeness."""
    a, b = threading.Lock(), threading.Lock()
    got = [None, None]

    def work_as(me, first, second):
        def work():
            got[me] = polite(first, second, range(2))

        return work

    def check():
        assert got == [True, True]

    return [work_as(0, a, b), work_as(1, b, a)], check


def broken_backoff_forever():
    """Both may give way to each other without end."""
    a, b = threading.Lock(), threading.Lock()

    def forth():
        polite(a, b, for_ever())

    def back():
        polite(b, a, for_ever())

    return [forth, back], nothing


def fixed_backoff():
    """Both try in the same order: one always gets through."""
    a, b = threading.Lock(), threading.Lock()
    got = [None, None]

    def work_as(me):
        def work():
            got[me] = polite(a, b, range(1))

        return work

    def check():
        assert got == [True, True]

    return [work_as(0), work_as(1)], check


def fixed_event():
    event = threading.Event()
    seen = []

    def waiter():
        event.wait()
        seen.append(event.is_set())

    def check():
        assert seen == [True]

    return [waiter, event.set], check


def fixed_spin():
    """Ends as soon as the setter may run; an unfair schedule can put that off for ever."""
    state = State()

    def spinner():
        while not state.go:
            pass

    def setter():
        state.go = True

    return [spinner, setter], nothing


def test_broken_never_set():
    run(*broken_never_set())


def test_broken_missed():
    run(*broken_missed())


def test_broken_backoff():
    run(*broken_backoff())


def test_broken_backoff_forever():
    run(*broken_backoff_forever())


def test_fixed_backoff():
    run(*fixed_backoff())


def test_fixed_event():
    run(*fixed_event())


def test_fixed_spin():
    run(*fixed_spin())
