"""Where explore begins no step: at what is handed on, and at locks that nobody competes for."""

from __future__ import annotations

import queue
import threading
from types import SimpleNamespace
from typing import TYPE_CHECKING

import gilscope
from gilscope.explore.results import Verdict

if TYPE_CHECKING:
    from collections.abc import Callable

    from gilscope.explore.results import Exploration

MANY = 200
FEW_STEPS = 40


def explored(test: Callable[[], object]) -> Exploration:
    return gilscope.explore(test, seconds=60, attack=False, world="free-threaded").result


def run_both(one: Callable[[], object], other: Callable[[], object]) -> None:
    threads = [threading.Thread(target=each) for each in (one, other)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()


def in_a_queue() -> None:
    jobs: queue.SimpleQueue[SimpleNamespace] = queue.SimpleQueue()
    taken = []

    def make() -> None:
        job = SimpleNamespace(size=0)
        for _ in range(MANY):
            job.size += 1
        jobs.put(job)

    def take() -> None:
        job = jobs.get()
        for _ in range(MANY):
            job.size -= 1
        taken.append(job.size)

    run_both(make, take)
    assert taken == [0]


def after_a_lock() -> None:
    lock = threading.Lock()
    state = SimpleNamespace(ready=False, size=0)

    def first() -> None:
        for _ in range(MANY):
            state.size += 1
        with lock:
            state.ready = True

    def second() -> None:
        with lock:
            ready = state.ready
        for _ in range(MANY if ready else 0):
            state.size -= 1

    run_both(first, second)
    assert state.size in (0, MANY)


def own_locks() -> None:
    def work() -> None:
        lock, again = threading.Lock(), threading.RLock()
        for _ in range(MANY):
            with lock, again:
                pass

    run_both(work, work)


def taken_again() -> None:
    lock = threading.RLock()

    def work() -> None:
        with lock:
            for _ in range(MANY):
                with lock:
                    pass

    run_both(work, work)


def tried_by_its_owner() -> None:
    lock = threading.Lock()

    def work() -> None:
        with lock:
            for _ in range(MANY):
                assert not lock.acquire(False)  # noqa: FBT003 # as threading.Condition does

    run_both(work, work)


def check_short(test: Callable[[], object]) -> None:
    result = explored(test)
    assert result.verdict is Verdict.PROVEN, result.reasons
    assert result.longest < FEW_STEPS


def test_what_a_queue_hands_on() -> None:
    check_short(in_a_queue)


def test_what_a_lock_hands_on() -> None:
    check_short(after_a_lock)


def test_locks_of_one_thread() -> None:
    check_short(own_locks)


def test_an_rlock_that_its_thread_has() -> None:
    check_short(taken_again)


def test_a_lock_that_its_owner_tries() -> None:
    check_short(tried_by_its_owner)


def mostly_alone() -> None:
    """A lock that is competed for at first."""
    lock = threading.Lock()

    def ask() -> None:
        with lock:
            pass

    run_both(ask, ask)
    for _ in range(MANY):
        ask()


def test_steps_without_a_choice_are_not_many() -> None:
    result = gilscope.explore(mostly_alone, attack=False, most_steps=MANY).result
    assert result.longest > MANY
    assert result.verdict is Verdict.PROVEN, result.reasons
