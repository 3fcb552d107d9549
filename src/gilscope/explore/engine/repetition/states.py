"""Shows that an execution never ends: its whole state returns.

The state is what every thread is about to do, with its frames, and the content of everything that
was touched. Objects are told apart by identity, immutable values by what they are. What cannot be
written down makes no state, so that nothing is claimed about it.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from itertools import zip_longest
from typing import TYPE_CHECKING, NamedTuple

from gilscope import _explorer
from gilscope.explore.engine.repetition.contents import LEAVES, UnknownError, contents
from gilscope.explore.engine.repetition.frames import words_of_frames

if TYPE_CHECKING:
    from collections.abc import Callable

    from gilscope.explore.engine.execution import Execution
    from gilscope.explore.engine.standins.clock import Clock
    from gilscope.explore.engine.thread import LogicalThread

ONLY_OURS = 3 if sys.version_info < (3, 14) else 2  # references: a record, a list, the question
NOTHING = object()
Words = Iterator[object]


class Anchor(NamedTuple):
    """A state that later ones are compared with. What it holds lives: no address is used twice."""

    shape: object
    words: list[object]
    objects: list[object]  # that were touched so far
    looks_at_clocks: int
    time_passed: int


class Repetition:
    """Compares states with one that is renewed at the 1st, 2nd, 4th, 8th … time of asking."""

    def __init__(self, execution: Execution, clock: Clock, is_blind: Callable[[], bool]) -> None:
        self._execution = execution
        self._clock = clock
        self._is_blind = is_blind  # whether something was touched whose state nobody sees
        self._anchor: Anchor | None = None
        self._asked = 0
        self._renew_at = 1

    def returned(self) -> bool:
        """Whether the state, while all threads stand still, is one that was before."""
        self._asked += 1
        shape = self._shape()
        anchor = self._anchor
        if anchor is not None and shape == anchor.shape and self._is_same(anchor):
            return True
        if self._asked >= self._renew_at:
            self._renew_at *= 2
            self._anchor = self._written(shape)
        return False

    def time_passed(self) -> bool:
        """Whether sleepers had their turn since the state that returned."""
        return self._anchor is not None and self._execution.time_passed > self._anchor.time_passed

    def _shape(self) -> object:
        """What differs in most states, and costs little."""
        execution = self._execution
        threads = tuple((each.number, each.plan.step) for each in execution.alive())
        return execution.running, threads

    def _written(self, shape: object) -> Anchor | None:
        try:
            objects = _explorer.numbered_objects()
            words = [*self._words(), *contents(objects)]
        except UnknownError:
            return None
        return Anchor(shape, words, objects, self._clock.looks, self._execution.time_passed)

    def _is_same(self, anchor: Anchor) -> bool:
        if self._clock.looks != anchor.looks_at_clocks or self._is_blind():
            return False
        now = (each for part in (self._words(), contents(anchor.objects)) for each in part)
        try:
            same = all(_alike(*pair) for pair in zip_longest(anchor.words, now, fillvalue=NOTHING))
        except UnknownError:
            return False
        return same and self._is_all_else_gone(anchor)

    @staticmethod
    def _is_all_else_gone(anchor: Anchor) -> bool:
        """Nobody can look at what was touched only since: its content need not be compared."""
        known = {id(each) for each in anchor.objects}
        later = _explorer.numbered_objects()
        while later:
            each = later.pop()
            is_new = id(each) not in known and type(each) not in LEAVES
            if is_new and sys.getrefcount(each) > ONLY_OURS:
                return False
        return True

    def _words(self) -> Words:
        frames = sys._current_frames()  # noqa: SLF001 # there is no other way to see them
        for each in self._execution.alive():
            yield from self._words_of(each)
            frame = frames.get(each.ident)
            if frame is not None:
                yield from words_of_frames(frame)

    def _words_of(self, thread: LogicalThread) -> Words:
        deadline_s = thread.deadline_s
        yield thread.number
        yield (thread.timed_out, thread.waits, thread.gate is None, thread.children)
        yield thread.plan.what
        yield None if deadline_s is None else round(deadline_s - self._execution.now_s, 6)


def _alike(one: object, other: object) -> bool:
    if one is other:
        return True
    if type(one) is not type(other) or type(one) not in LEAVES:
        return False
    return repr(one) == repr(other) if isinstance(one, float | complex) else one == other
