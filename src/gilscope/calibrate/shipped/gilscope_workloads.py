"""What Python programs do all the time, a few loops of it, and the CPU time that each takes.

Run by other interpreters, with their standard library alone: prints one line of JSON, for each
workload the ns of CPU time that a turn of its loop takes in one thread (`alone`), and in several
that do the same at once (`beside`). The fastest of some short rounds counts: what else the machine
does makes only some of them slower.
"""

from __future__ import annotations

import json
import sys
import threading
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

ROUND_NS = 4_000_000
ROUNDS = 12
TURNS = 500


class Thing:
    def __init__(self, number: int) -> None:
        self.number = number
        self.name = "thing"

    def next(self) -> int:
        self.number += 1
        return self.number


SHARED = Thing(0)
SHARED_TABLE = {each: Thing(each) for each in range(64)}


def references(turns: int) -> None:
    """The same objects, for all threads: their reference counts change all the time."""
    table = SHARED_TABLE
    for turn in range(turns):
        thing = table[turn & 63]
        other = SHARED
        name = thing.name
        del thing, other, name


def allocation(turns: int) -> None:
    for turn in range(turns):
        thing = Thing(turn)
        pair = (thing, [turn])
        del thing, pair


def attributes(turns: int) -> None:
    thing = Thing(0)
    for _ in range(turns):
        thing.number = thing.next()


def containers(turns: int) -> None:
    items: list[int] = []
    table: dict[int, int] = {}
    for turn in range(turns):
        items.append(turn)
        table[turn & 31] = items[turn >> 1]
        if len(items) > 64:
            items.pop()
            items.append(table.get(turn & 15, 0))


def arithmetic(turns: int) -> float:
    total, number = 0, 0.5
    for turn in range(turns):
        total = (total + turn * 7) & 0xFFFF
        number = number * 0.5 + turn
    return total + number


def add(one: int, other: int) -> int:
    return one + other


def calls(turns: int) -> int:
    total = 0
    for turn in range(turns):
        total = add(total, turn) & 0xFFFF
    return total


def texts(turns: int) -> None:
    for turn in range(turns):
        words = f"{turn},{turn + 1}".split(",")
        "-".join(words)


WORKLOADS: tuple[Callable[[int], object], ...] = (
    references,
    allocation,
    attributes,
    containers,
    arithmetic,
    calls,
    texts,
)


def fastest_ns(work: Callable[[int], object]) -> float:
    """CPU time of a turn, in the fastest round of this thread."""
    best = float("inf")
    for _ in range(ROUNDS):
        turns, began = 0, time.thread_time_ns()
        took = 0
        while took < ROUND_NS:
            work(TURNS)
            turns += TURNS
            took = time.thread_time_ns() - began
        each = took / turns
        best = min(best, each)
    return best


def beside_ns(work: Callable[[int], object], threads: int) -> float:
    """The same, by the median thread of several that do it at once."""
    found: list[float] = []
    start = threading.Barrier(threads)

    def run() -> None:
        start.wait()
        found.append(fastest_ns(work))

    each = [threading.Thread(target=run) for _ in range(threads)]
    for thread in each:
        thread.start()
    for thread in each:
        thread.join()
    return sorted(found)[len(found) // 2]


def main(threads: int) -> None:
    gil = getattr(sys, "_is_gil_enabled", lambda: True)()
    found = {}
    for work in WORKLOADS:
        alone = fastest_ns(work)
        beside = beside_ns(work, threads) if not gil and threads > 1 else None
        found[work.__name__] = {"alone": alone, "beside": beside}
    print("gilscope measured: " + json.dumps({"gil": gil, "workloads": found}))


if __name__ == "__main__":
    main(int(sys.argv[1]))
