"""What executions of one schedule did, step by step, to name where they went different ways."""

from __future__ import annotations

import sys
from itertools import zip_longest
from typing import TYPE_CHECKING, Any, NamedTuple

from gilscope.explore.bytecode.scope import position_of
from gilscope.explore.engine.plans import Plan
from gilscope.explore.facts import Mention, Reason, ReasonKind
from gilscope.explore.narration.naming import AsWritten
from gilscope.explore.narration.steps import doing
from gilscope.explore.search.following import Following

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gilscope.explore.engine.executor import Executor
    from gilscope.explore.facts import Position
    from gilscope.explore.search.steps import Step

REPETITIONS = 4  # of one schedule


class Entry(NamedTuple):
    """A step of a thread."""

    thread: int
    step: Step
    position: Position | None
    words: str


class Diaries:
    """Of several executions."""

    def __init__(self, executor: Executor) -> None:
        self._executor = executor
        self._diaries: list[list[Entry]] = []
        self.gave_up: Reason | None = None

    def write(self, choices: Sequence[int]) -> bool:
        """Run one more execution; False if it could not be run to its end."""
        search = Following(choices, strict=False)
        search.begin()
        diary: list[Entry] = []
        self._diaries.append(diary)

        def note(thread: int, request: Any) -> None:
            diary.append(self._entry(thread, request))

        self.gave_up = self._executor.run(search, note).gave_up
        return self.gave_up is None

    def _entry(self, thread: int, request: Any) -> Entry:
        step = self._executor.step_of(thread)
        frame = sys._getframe(2)  # noqa: SLF001 # of the instruction, below `note`
        if isinstance(request, Plan):
            return Entry(thread, step, None, f"{request.verb} {request.noun}".strip())
        what = doing(frame, request, AsWritten())
        return Entry(thread, step, position_of(frame), f"{what.operation} {what.target}".strip())

    def difference(self) -> Reason | None:
        """The first step that two of them took differently; None if they are the same."""
        for other in self._diaries[1:]:
            for one, two in zip_longest(self._diaries[0], other):
                if one is None or two is None or one[:2] != two[:2]:
                    return _differing(one, two)
        return None


def differing(executor: Executor, choices: Sequence[int]) -> Reason | None:
    """Run a schedule again and again: what goes differently, or why it could not be run."""
    runs = Diaries(executor)
    for _ in range(REPETITIONS):
        whole = runs.write(choices)
        if not whole:  # it ended before the others did, which is no difference
            return runs.gave_up
        difference = runs.difference()
        if difference is not None:
            return difference
    return None


def _differing(one: Entry | None, two: Entry | None) -> Reason:
    if one is None or two is None:
        there = one or two
        assert there is not None
        return Reason(ReasonKind.DIVERGED_IN_LENGTH, there.words, there.position)
    if one[2:] == two[2:] and one.thread == two.thread:
        return Reason(ReasonKind.DIVERGED_IN_OBJECT, one.words, one.position)
    other = Mention(two.words, two.position)
    return Reason(ReasonKind.DIVERGED_IN_STEP, one.words, one.position, second=other)
