"""What a lock or a queue hands on is ordered in one execution, and perhaps not in another."""

import queue
import threading
import time
from contextlib import suppress
from types import SimpleNamespace

from case import pause, run


def counter(expected=2):
    state = SimpleNamespace(n=0)

    def add():
        before = state.n
        pause()
        state.n = before + 1

    def check():
        assert state.n == expected, state.n

    return state, add, check


def fixed_in_a_queue():
    """Who gets it adds after who put it."""
    _, add, check = counter()
    jobs = queue.SimpleQueue()

    def maker():
        add()
        jobs.put(add)

    def taker():
        jobs.get()()

    return [maker, taker], check


def broken_after_put():
    """What is done after handing on is not handed on."""
    _, add, check = counter()
    jobs = queue.SimpleQueue()

    def maker():
        jobs.put(add)
        add()

    def taker():
        jobs.get()()

    return [maker, taker], check


def broken_if_empty():
    """Ordered if something was there, and not ordered if nothing was."""
    _, add, check = counter()
    jobs = queue.SimpleQueue()

    def maker():
        add()
        jobs.put(None)

    def taker():
        with suppress(queue.Empty):
            jobs.get_nowait()
        add()

    return [maker, taker], check


def broken_by_another_queue():
    _, add, check = counter()
    one, other = queue.SimpleQueue(), queue.SimpleQueue()
    other.put(None)

    def maker():
        add()
        one.put(None)

    def taker():
        other.get()
        add()

    return [maker, taker], check


def broken_back_and_forth():
    """The second item is put by somebody who saw nothing of the first thread."""
    _, add, check = counter(3)
    jobs = queue.SimpleQueue()

    def maker():
        add()
        jobs.put(None)

    def stranger():
        jobs.put(None)

    def taker():
        jobs.get()
        add()
        jobs.get()
        add()

    return [maker, stranger, taker], check


def fixed_flag():
    """Whoever sees the flag comes after who set it, without holding the lock any longer."""
    lock = threading.Lock()
    state, add, _ = counter()
    state.ready = False
    added = []

    def first():
        add()
        with lock:
            state.ready = True

    def second():
        with lock:
            ready = state.ready
        if ready:
            add()
            added.append(1)

    def check():
        assert state.n == 1 + len(added), state.n

    return [first, second], check


def broken_flag():
    """The same, and the other case is not ordered."""
    lock = threading.Lock()
    state, add, check = counter()
    state.ready = False

    def first():
        add()
        with lock:
            state.ready = True

    def second():
        with lock:
            ready = state.ready
        if not ready:
            pause()
        add()

    return [first, second], check


def broken_after_release():
    lock = threading.Lock()
    _, add, check = counter()

    def first():
        with lock:
            pass
        add()

    def second():
        with lock:
            add()

    return [first, second], check


def broken_timeout():
    """Whoever waits for a lock in vain comes after nobody."""
    lock, in_vain = threading.Lock(), threading.Event()
    lock.acquire()
    _, add, check = counter()

    def holder():
        in_vain.wait()
        add()
        lock.release()

    def hasty():
        lock.acquire(timeout=0.01)
        in_vain.set()
        add()

    return [holder, hasty], check


def broken_own_locks():
    """Each has a lock of its own, for which nobody else ever asks."""
    _, add, check = counter()

    def worker():
        lock = threading.Lock()
        with lock:
            add()

    return [worker, worker], check


def fixed_own_locks():
    """The same within one that they share."""
    shared = threading.Lock()
    _, add, check = counter()

    def worker():
        own = threading.RLock()
        with own, shared, own:
            add()

    return [worker, worker], check


def broken_order_when_late():
    """Only if the first has gone on do the two want both locks in opposite order."""
    one, two = threading.Lock(), threading.Lock()
    state = SimpleNamespace(begun=False)

    def first():
        state.begun = True
        with one:
            pause()
            with two:
                pass

    def second():
        if state.begun:
            with two:
                pause()
                with one:
                    pass

    return [first, second], lambda: None


def broken_lock_in_lock():
    """The inner lock is asked for under the outer one, but for once."""
    outer, inner = threading.Lock(), threading.Lock()
    _, add, check = counter(3)

    def careful():
        with outer:
            with inner:
                pass
            add()

    def careless():
        with inner:
            add()

    return [careful, careful, careless], check


def broken_given_up_within():
    """An RLock is given back once more than it is taken, in the midst of what it guards."""
    lock = threading.RLock()
    _, add, check = counter()

    def leaver():
        lock.acquire()
        lock.acquire()
        lock.release()
        lock.release()
        with suppress(RuntimeError):
            lock.release()
        add()

    def right():
        with lock:
            add()

    return [leaver, right], check


def broken_wrong_again():
    """An RLock that a thread has, asked for again in a way that raises, is not taken twice."""
    lock = threading.RLock()
    _, add, check = counter()

    def wrong():
        with lock:
            with suppress(ValueError):
                lock.acquire(True, -5)
        add()

    def right():
        with lock:
            add()

    return [wrong, right], check


def broken_tries_own():
    """To try a lock that one has says nothing once somebody else has given it back."""
    lock = threading.Lock()
    taken = []

    def owner():
        with suppress(RuntimeError), lock:
            pause()
            taken.append(lock.acquire(blocking=False))

    def thief():
        with suppress(RuntimeError):
            lock.release()

    def check():
        assert taken == [False]

    return [owner, thief], check


def broken_tries_own_by_position():
    lock = threading.Lock()
    taken = []

    def owner():
        with suppress(RuntimeError), lock:
            pause()
            taken.append(lock.acquire(False))

    def thief():
        with suppress(RuntimeError):
            lock.release()

    def check():
        assert taken == [False]

    return [owner, thief], check


def broken_looked_at():
    """A look at a lock orders nothing."""
    lock = threading.Lock()
    _, add, check = counter()

    def first():
        with lock:
            add()

    def second():
        lock.locked()
        add()

    return [first, second], check


def broken_held_while_time_passes():
    """Whoever waits for the lock comes after what was done under it, and not after the rest."""
    lock, ready = threading.Lock(), queue.SimpleQueue()
    _, add, check = counter(3)

    def holder():
        with lock:
            ready.put(None)
            time.sleep(1)
            add()
        add()

    def waiter():
        ready.get()
        with lock:
            add()

    return [holder, waiter], check


def fixed_held_while_time_passes():
    lock, ready = threading.Lock(), queue.SimpleQueue()
    _, add, check = counter(3)

    def holder():
        with lock:
            ready.put(None)
            time.sleep(1)
            add()
            add()

    def waiter():
        ready.get()
        with lock:
            pass
        add()

    return [holder, waiter], check


def broken_late_in_vain():
    """A lock that is given back at the moment at which the other gives up waiting."""
    lock, ready = threading.RLock(), queue.SimpleQueue()
    got = []

    def holder():
        with lock:
            with lock:
                ready.put(None)
            time.sleep(0.5)
            time.sleep(0.5)

    def waiter():
        ready.get()
        got.append(lock.acquire(timeout=1))

    def check():
        assert got == [True]

    return [holder, waiter], check


def broken_late_item():
    jobs, got = queue.SimpleQueue(), []

    def maker():
        time.sleep(0.5)
        time.sleep(0.5)
        jobs.put(None)

    def taker():
        with suppress(queue.Empty):
            jobs.get(timeout=1)
            got.append(True)

    def check():
        assert got == [True]

    return [maker, taker], check


def test_fixed_in_a_queue():
    run(*fixed_in_a_queue())


def test_broken_after_put():
    run(*broken_after_put())


def test_broken_if_empty():
    run(*broken_if_empty())


def test_broken_by_another_queue():
    run(*broken_by_another_queue())


def test_broken_back_and_forth():
    run(*broken_back_and_forth())


def test_fixed_flag():
    run(*fixed_flag())


def test_broken_flag():
    run(*broken_flag())


def test_broken_after_release():
    run(*broken_after_release())


def test_broken_timeout():
    run(*broken_timeout())


def test_broken_own_locks():
    run(*broken_own_locks())


def test_fixed_own_locks():
    run(*fixed_own_locks())


def test_broken_order_when_late():
    run(*broken_order_when_late())


def test_broken_lock_in_lock():
    run(*broken_lock_in_lock())


def test_broken_given_up_within():
    run(*broken_given_up_within())


def test_broken_wrong_again():
    run(*broken_wrong_again())


def test_broken_tries_own():
    run(*broken_tries_own())


def test_broken_tries_own_by_position():
    run(*broken_tries_own_by_position())


def test_broken_looked_at():
    run(*broken_looked_at())


def test_broken_held_while_time_passes():
    run(*broken_held_while_time_passes())


def test_fixed_held_while_time_passes():
    run(*fixed_held_while_time_passes())


def test_broken_late_in_vain():
    run(*broken_late_in_vain())


def test_broken_late_item():
    run(*broken_late_item())
