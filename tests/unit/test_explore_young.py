"""What was made lately is found and collected, whatever the collector did with it in between."""

from __future__ import annotations

import gc
import weakref
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from gilscope.explore.engine.isolation.young import HAS_GENERATIONS, Young

if TYPE_CHECKING:
    from collections.abc import Iterator


class Node:
    """Leads to itself: only the collector ends it."""

    def __init__(self) -> None:
        self.itself = self


@contextmanager
def no_automatic_collection() -> Iterator[None]:
    gc.collect()
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


@pytest.mark.parametrize("between", [(), (0,), (0, 0), (1,), (2,), (0, 2, 0)])
def test_new_objects_are_found_and_ended(between: tuple[int, ...]) -> None:
    with no_automatic_collection():
        young = Young()
        node = Node()
        ends = weakref.ref(node)
        for generation in between:
            gc.collect(generation)
        assert [id(each) for each in young.instances(Node)] == [id(node)]
        del node
        assert ends() is not None
        young.collect()
        assert ends() is None


@pytest.mark.skipif(not HAS_GENERATIONS, reason="free-threaded builds keep all objects together")
def test_what_was_there_before_costs_nothing() -> None:
    with no_automatic_collection():
        old = Node()
        ends = weakref.ref(old)
        gc.collect()
        young = Young()
        del old
        young.collect()
        assert ends() is not None
        assert young.instances(Node) == []
        gc.collect()
        assert ends() is None


@pytest.mark.skipif(not HAS_GENERATIONS, reason="free-threaded builds keep all objects together")
def test_turns_look_only_at_what_is_new() -> None:
    with no_automatic_collection():
        young = Young()
        of_oldest = gc.get_stats()[2]["collections"]
        kept = Node()
        for _ in range(5):
            node = Node()
            ends = weakref.ref(node)
            del node
            young.collect_in_turn()
            assert ends() is None
        assert gc.get_stats()[2]["collections"] == of_oldest
        ends = weakref.ref(kept)
        del kept
        young.collect()
        assert ends() is None
