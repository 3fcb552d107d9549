"""Threads that are kept from exploration to exploration."""

from __future__ import annotations

import _thread
import os
import threading
from typing import TYPE_CHECKING

import pytest

from gilscope.explore.attack.stillness import is_alone, tasks
from gilscope.explore.engine import workers

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

keeps = pytest.mark.skipif(workers.MOST_IDLE == 0, reason="none is kept without the GIL")


@pytest.fixture(autouse=True)
def none_left() -> Iterator[None]:
    workers.end_idle()
    yield
    workers.end_idle()


def ident_of(job: Callable[[], bool]) -> int:
    """Of the thread that did it, once it is idle or gone."""
    done = threading.Event()

    def work() -> bool:
        is_usable = job()
        done.set()
        return is_usable

    before = len(tasks(os.getpid()))
    ident = workers.start(work)
    assert done.wait(30.0)
    while ident not in workers.idle() and len(tasks(os.getpid())) > before:
        os.sched_yield()
    return ident


@keeps
def test_a_thread_is_used_again() -> None:
    seen: list[int] = []

    def job() -> bool:
        seen.append(_thread.get_ident())
        return True

    assert ident_of(job) == ident_of(job)
    assert seen[0] == seen[1]
    assert list(workers.idle()) == [seen[0]]


def test_one_that_cannot_be_used_again_ends() -> None:
    ident_of(lambda: False)
    assert list(workers.idle()) == []


@keeps
def test_it_runs_where_it_is_told_to() -> None:
    affinity = os.sched_getaffinity(0)
    seen: list[set[int]] = []

    def job() -> bool:
        seen.append(os.sched_getaffinity(0))
        return True

    ident_of(job)
    cpu = {min(affinity)}
    done = threading.Event()

    def other() -> bool:
        job()
        done.set()
        return True

    workers.start(other, cpu)
    assert done.wait(30.0)
    assert seen == [affinity, cpu]


@keeps
def test_none_is_left_when_the_process_forks() -> None:
    before = len(tasks(os.getpid()))
    ident_of(lambda: True)
    assert len(tasks(os.getpid())) == before + 1
    child = os.fork()
    if child == 0:
        os._exit(0 if not list(workers.idle()) and is_alone() else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert list(workers.idle()) == []
