"""Who makes whom wait: thread by thread, or group by group where there are many."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from gilscope.analysis.groups import name_pattern
from gilscope.trace.threads import name_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gilscope.trace import Trace

MOST_NAMES = 200
MOST_CELLS = 3000
OTHERS = None


@dataclass(frozen=True, slots=True)
class Member:
    """A row and a column: a thread, or threads whose names differ in numbers only.

    `name` is None for all the others together; `thread` is None but for a single one.
    """

    name: str | None
    threads: int
    thread: int | None


@dataclass(frozen=True, slots=True)
class Matrix:
    """`cells`: positions in `members` of culprit and victim, and the thread-seconds waited.

    These are the largest; `folded_s` is what all others have together.
    """

    members: tuple[Member, ...]
    cells: tuple[tuple[int, int, float], ...]
    folded_s: float = 0.0


def matrix(trace: Trace, pairs: Mapping[tuple[int, int], float]) -> Matrix:
    """Make it from ns by (culprit, victim), with those first who are in it most."""
    threads = sorted({each for pair in pairs for each in pair})
    keys = _keys(trace, threads)
    much: Counter[str] = Counter()
    for (culprit, victim), ns in pairs.items():
        much[keys[culprit]] += round(ns)
        much[keys[victim]] += round(ns)
    shown = [key for key, _ in much.most_common(MOST_NAMES)]
    position = {key: at for at, key in enumerate(shown)}
    cells: dict[tuple[int, int], float] = defaultdict(float)
    for (culprit, victim), ns in pairs.items():
        at = (position.get(keys[each], len(shown)) for each in (culprit, victim))
        cells[next(at), next(at)] += ns / 1e9
    members = [
        _member(trace, key, [each for each in threads if keys[each] == key]) for key in shown
    ]
    others = [each for each in threads if keys[each] not in position]
    if others:
        members.append(Member(OTHERS, len(others), None))
    largest = sorted(cells.items(), key=lambda each: -each[1])
    kept, rest = sorted(largest[:MOST_CELLS]), largest[MOST_CELLS:]
    return Matrix(
        tuple(members),
        tuple((*at, wait_s) for at, wait_s in kept),
        sum(wait_s for _, wait_s in rest),
    )


def _keys(trace: Trace, threads: list[int]) -> dict[int, str]:
    """What each thread is counted as: itself, or its group if there are many threads."""
    if len(threads) <= MOST_NAMES:
        return {each: f"{each}" for each in threads}
    return {each: name_pattern(name_of(trace.threads, each)) for each in threads}


def _member(trace: Trace, key: str, threads: list[int]) -> Member:
    if len(threads) == 1:
        return Member(name_of(trace.threads, threads[0]), 1, threads[0])
    return Member(key, len(threads), None)
