"""Random conditions, random reports, and a second way to ask one of the other: Python itself."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any

from gilscope.budget.kinds import UNITS
from gilscope.budget.names import list_of
from gilscope.budget.syntax import (
    Aggregate,
    And,
    Comparison,
    Condition,
    Figure,
    IsKnown,
    Not,
    Number,
    Operand,
    Or,
    Rows,
    Text,
    Truth,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from random import Random

SECONDS = ("gil.wait_s", "wall_s", "gil.handover_s", "gc.longest_s")
SHARES = ("gil.contended_fraction", "gil.held_fraction")
COUNTS = ("gil.acquires", "stall_count")
OF_ROWS = {
    "threads[]": ("threads[].wait_s", "threads[].hold_s"),
    "threads[].blocked[]": ("threads[].blocked[].off_s", "threads[].wait_s", "wall_s"),
    "stalls[]": ("stalls[].stall_s", "stalls[].hold_s"),
    "locks[]": ("locks[].wait_s", "gil.wait_s"),
}
NAMES = {"threads[]": "threads[].name", "stalls[]": "stalls[].thread"}
AMOUNTS_S = (0.0, 0.05, 0.1, 0.25, 1.0)
SHARE_VALUES = (0.0, 0.1, 0.5, 1.0)
WORDS = ("a", "b", 'c"', "d\\")
SIGNS = ("<", "<=", ">", ">=", "==", "!=")
LIMITS = {
    SECONDS: [(0.0, ""), (0.1, ""), (50.0, "ms"), (100.0, "ms"), (0.25, "s"), (1.0, "s")],
    SHARES: [(0.1, ""), (10.0, "%"), (50.0, "%")],
    COUNTS: [(0.0, ""), (1.0, ""), (3.0, "")],
}


class Conditions:
    """Makes conditions that are well formed, over the figures of `report_of`."""

    def __init__(self, random: Random) -> None:
        self._random = random

    def any_kind(self, depth: int = 3) -> Condition:
        if depth and self._random.random() < 0.5:
            parts = tuple(self.any_kind(depth - 1) for _ in range(self._random.randint(2, 3)))
            joined: list[Condition] = [And(parts), Or(parts), Not(parts[0])]
            return self._random.choice(joined)
        kinds = [self._comparison, self._rows, self._aggregate, self._truth]
        made: Condition = self._random.choice(kinds)()
        return made

    def _truth(self) -> Condition:
        return Figure("run.gil_forced")

    def _comparison(self) -> Condition:
        figures = self._random.choice(list(LIMITS))
        return self._compared(figures, LIMITS[figures])

    def _compared(self, figures: tuple[str, ...], limits: list[tuple[float, str]]) -> Comparison:
        one: Operand = Figure(self._random.choice(figures))
        other: Operand = Number(*self._random.choice(limits))
        if self._random.random() < 0.2:
            other = Figure(self._random.choice(figures))
        if self._random.random() < 0.3:
            one, other = other, one
        return Comparison(one, self._random.choice(SIGNS), other)

    def _rows(self) -> Condition:
        rows = self._random.choice(list(OF_ROWS))
        return Rows(self._random.choice(["any", "all"]), self._of_row(rows))

    def _of_row(self, rows: str) -> Condition:
        """A condition that is asked of each row of a list, and names a figure of it."""
        limits = LIMITS[SECONDS]
        first = self._compared(OF_ROWS[rows][:1], limits)
        second: Condition = self._compared(OF_ROWS[rows], limits)
        if rows in NAMES and self._random.random() < 0.5:
            word = Text(self._random.choice(WORDS))
            second = Comparison(Figure(NAMES[rows]), self._random.choice(["==", "!="]), word)
        elif rows == "locks[]" and self._random.random() < 0.5:
            second = Figure("locks[].purpose")
        both = (first, second)
        every: list[Condition] = [first, And(both), Or(both), Not(And(both))]
        return self._random.choice(every)

    def _aggregate(self) -> Condition:
        rows = self._random.choice(list(OF_ROWS))
        where = self._of_row(rows) if self._random.random() < 0.5 else None
        which = self._random.choice(["max", "sum", "len"])
        figure = Figure(rows if which == "len" else OF_ROWS[rows][0])
        limit = Number(*self._random.choice(LIMITS[COUNTS if which == "len" else SECONDS]))
        sign = self._random.choice(SIGNS)
        return Comparison(Aggregate(which, figure, where), sign, limit)


# --- reports -------------------------------------------------------------------------------------


def report_of(random: Random) -> dict[str, Any]:
    """What a condition may ask for, and all of it known."""

    def amount() -> float:
        return random.choice(AMOUNTS_S)

    def word() -> str:
        return random.choice(WORDS)

    def some(row: Callable[[], dict[str, Any]]) -> list[dict[str, Any]]:
        return [row() for _ in range(random.randint(0, 3))]

    def thread() -> dict[str, Any]:
        blocked = some(lambda: {"off_s": amount()})
        return {"name": word(), "wait_s": amount(), "hold_s": amount(), "blocked": blocked}

    shares = {name: random.choice(SHARE_VALUES) for name in ("contended_fraction", "held_fraction")}
    sums = {"wait_s": amount(), "handover_s": amount(), "acquires": random.randint(0, 4)}
    stalls = some(lambda: {"thread": word(), "stall_s": amount(), "hold_s": amount()})
    stalls.sort(key=lambda row: -row["stall_s"])
    return {
        "wall_s": amount(),
        "gil": shares | sums,
        "gc": {"longest_s": amount()},
        "threads": some(thread),
        "stalls": stalls,
        "stall_count": len(stalls),
        "locks": some(lambda: {"wait_s": amount(), "purpose": random.random() < 0.5}),
        "run": {
            "gil_forced": random.random() < 0.5,
            "gil_enabled": True,
            "end_reason": "exit",
            "rows_from_s": 0.0,
        },
        "verdict": {"kind": "stall"},
        "collection": None,
    }


def grown(report: dict[str, Any], random: Random) -> dict[str, Any]:
    """The same run, if it had gone on: sums are larger, there are more rows, shares are others."""
    rest, more = report_of(random), copy.deepcopy(report)
    rows = [*more["threads"], *more["stalls"], *more["locks"]]
    rows += [row for thread in more["threads"] for row in thread["blocked"]]
    for record in (more, more["gil"], more["gc"], *rows):
        for name in record:
            if name.endswith("_s"):
                record[name] += random.choice(AMOUNTS_S)
    more["gil"] |= {name: rest["gil"][name] for name in ("contended_fraction", "held_fraction")}
    more["gil"]["acquires"] += rest["gil"]["acquires"]
    for name in ("threads", "stalls", "locks"):
        more[name] += rest[name]
    more["stalls"].sort(key=lambda row: -row["stall_s"])
    return more | {"stall_count": len(more["stalls"])}


def forgetful(report: dict[str, Any], random: Random) -> dict[str, Any]:
    """The same, of which less is known."""
    less = copy.deepcopy(report)
    rows = [*less["threads"], *less["stalls"], *less["locks"]]
    for record in (less["gil"], less["gc"], *rows):
        for name in record:
            if random.random() < 0.25:
                record[name] = None
    return less


# --- in Python -----------------------------------------------------------------------------------


def by_python(condition: Condition, report: dict[str, Any]) -> bool:
    """Ask Python: the condition is written as an expression of that, and evaluated."""
    names = {"report": report, "rows": lambda name: list(rows_of(name, report)), "row": {}}
    return bool(eval(in_python(condition), names))


def rows_of(name: str, report: dict[str, Any]) -> Iterator[dict[str, Any]]:
    outer, _, inner = name[:-2].rpartition("[].")
    for around in rows_of(f"{outer}[]", report) if outer else [{}]:
        here = around[f"{outer}[]"] if outer else report
        for each in here[inner]:
            yield {**around, name: each}


def in_python(part: Condition | Operand) -> str:
    match part:
        case Number():
            return repr(part.value * UNITS[part.unit][1] if part.unit else part.value)
        case Text() | Truth():
            return repr(part.value)
        case Figure():
            of = list_of(part.name)
            here = f"row[{of!r}]" if of else "report"
            rest = part.name[len(of) :].strip(".")
            return here + "".join(f"[{each!r}]" for each in rest.split("."))
        case Comparison():
            return f"({in_python(part.left)} {part.operator} {in_python(part.right)})"
        case Not():
            return f"(not {in_python(part.condition)})"
        case And() | Or():
            word = " and " if isinstance(part, And) else " or "
            return f"({word.join(map(in_python, part.parts))})"
        case Rows():
            inner = in_python(part.condition)
            return f"{part.which}({inner} for row in rows({_list(part.condition)!r}))"
        case Aggregate():
            return _aggregate(part)
        case IsKnown():
            raise AssertionError(part)


def _aggregate(part: Aggregate) -> str:
    where = f" if {in_python(part.where)}" if part.where is not None else ""
    if part.which == "len":
        return f"sum(1 for row in rows({part.figure.name!r}){where})"
    each = f"{in_python(part.figure)} for row in rows({_widest(part)!r}){where}"
    return f"sum({each})" if part.which == "sum" else f"{part.which}(({each}), default=0.0)"


def _widest(part: Aggregate) -> str:
    inner = [] if part.where is None else [_list(part.where)]
    return max([list_of(part.figure.name), *inner], key=len)


def _list(part: Condition) -> str:
    """The innermost list that a condition on rows names."""
    named = in_python(part).split("row['")[1:]
    return max((each.partition("'")[0] for each in named), key=len)
