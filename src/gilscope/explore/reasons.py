"""Why nothing is proven, in words."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from gilscope.explore.results import Position, Reason
from gilscope.explore.results import ReasonKind as Kind

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

DIVERGED = "executions that began alike went on differently"
RANDOM = "is something random, or left over?"
SENTENCES = {
    Kind.NOT_MODELLED: "not modelled: {subject}{at}",
    Kind.NOT_ATOMIC: "not atomic: {subject}{at} without the GIL",
    Kind.NOT_REPEATABLE: "not repeatable: {subject}",
    Kind.NOT_INCLUDED: "{subject} is not explored (--include {subject} explores it)",
    Kind.IMPORT: "not modelled: the import of a module",
    Kind.FINALIZER: "not modelled: {subject}, which runs wherever the last reference is dropped",
    Kind.LATE_FINALIZER: "ran later than it would have: {subject}",
    Kind.COLLECTED: "the garbage collector may run {subject} at any moment",
    Kind.STARTS_PROCESS: "starts a process: {place}",
    Kind.STARTS_RAW_THREAD: "starts a thread by `_thread`, which is not explored: {place}",
    Kind.TOO_MANY_THREADS: "more than {subject} threads in one execution",
    Kind.THREAD_OF_EARLIER: "{subject} of an earlier execution is used again",
    Kind.NEVER_RUN: "the test made a {subject}, which nobody runs",
    Kind.BLOCKED: "blocked in a call that is not modelled: {place}",
    Kind.BLOCKED_IN_FIXTURE: "blocked in a fixture: {place}",
    Kind.SLOW_CALL: "the budget was spent in a call that takes long: {place}",
    Kind.THREAD_DOES_NOT_END: "a thread does not end when its execution is over: {place}",
    Kind.THREAD_BEFORE: "{subject}, started before the test, is not explored",
    Kind.THREAD_UNEXPLORED: "{subject} is not explored",
    Kind.WAITS_FOR_UNEXPLORED: "no thread goes on, but one that is not explored may see to that",
    Kind.TIME_OUTSIDE: "time passed while waiting for something outside: {place}",
    Kind.DATABASE_LOCKED: "SQLite would have waited for a thread that stands still: {place}",
    Kind.ENDED_OTHERWISE: "the first execution ended well, and one after it did not, so something"
    " was left behind: {subject}",
    Kind.WENT_OTHERWISE: "the first execution went another way than those after it, so something"
    " was left behind{see}",
    Kind.EACH_OTHERWISE: "each of the first executions went another way{see}",
    Kind.BUDGET: "the budget was spent before all interleavings were tried",
}


def sentence(reason: Reason) -> str:
    where = reason.position or Position("", 0, "")
    is_known = reason.position is not None
    return SENTENCES[reason.kind].format(
        subject=reason.subject,
        place=where.place,
        at=f" at {os.path.basename(where.file)}:{where.line}" if is_known else "",  # noqa: PTH119 # as text
        see=f": see {where.place} ({where.function})" if is_known else "",
    )


def sentences(reasons: Iterable[Reason]) -> list[str]:
    return sorted(map(sentence, reasons))


def preemptions(count: int) -> str:
    return f"{count} preemption{'s' * (count != 1)}"


def of_finalizers(late: Iterable[str], collected: Iterable[str]) -> Iterator[Reason]:
    for name in sorted(late):
        yield Reason(Kind.LATE_FINALIZER, name)
    for name in sorted(collected):
        yield Reason(Kind.COLLECTED, name)
