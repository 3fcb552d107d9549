"""What the garbage collector runs of the program: a reason against a proof, or none."""

from __future__ import annotations

import gc
import threading
import weakref

import pytest

pytest.importorskip("gilscope._explorer", reason="gilscope is not built: make build")

from gilscope.explore.bytecode.scope import Scope
from gilscope.explore.engine.isolation.garbage import ran_in_collection

FORGETS = "WeakSet.__init__.<locals>._remove"


class Cycle:
    """Only the collector ends it."""

    def __init__(self) -> None:
        self.itself = self


def collect() -> None:
    gc.collect()


def collected() -> set[str]:
    return ran_in_collection(Scope(), collect)


def test_what_a_weak_set_forgets_is_a_reason() -> None:
    gc.collect()
    known = weakref.WeakSet([Cycle()])
    assert FORGETS in collected()
    assert len(known) == 0


def test_that_the_set_of_all_threads_forgets_one_is_none() -> None:
    gc.collect()
    thread = threading.Thread(target=int)
    vars(thread)["itself"] = thread
    watched = weakref.ref(thread)
    del thread
    assert FORGETS not in collected()
    assert watched() is None
