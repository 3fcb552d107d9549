"""Which lines a report blames for what a figure measures."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gilscope.budget.outcome import Cause, Found, Place
from gilscope.budget.parsing import canonical

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from gilscope.budget.values import Row

MOST_CAUSES = 3
# By the beginning of a figure's name, the first that fits: the list that has lines for it, the
# figure that says how much each is to blame, and where in a row the line is.
_LISTS = (
    ("stalls", "stalls", "stall_s", ""),
    ("stall_count", "stalls", "stall_s", ""),
    ("verdict.facts.stall", "stalls", "stall_s", ""),
    ("victims", "victims", "wait_s", ""),
    ("locks", "locks", "wait_s", "waiter"),
    ("loop", "loop.blocked", "blocked_s", ""),
    ("gc", "", "", ""),
    ("without_gil.stop", "without_gil.stops", "stopped_s", ""),
    ("without_gil", "without_gil.contended", "wait_s", ""),
    ("run", "", "", ""),
    ("wall_s", "", "", ""),
    ("prediction", "blame", "caused_wait_s", ""),
    ("collection", "", "", ""),
    ("", "blame", "caused_wait_s", ""),
)
_NAMED = "max(", "min(", "sum(", "len("


def place_of(row: Row | None) -> Place | None:
    """Return where a row of a list was, if it says that."""
    if row is None or not row.around:
        return None
    inner = row.around[max(row.around, key=len)]
    return _place(inner) if isinstance(inner, dict) else None


def causes_of(found: Iterable[Found], json: Mapping[str, Any]) -> tuple[Cause, ...]:
    """Return the worst lines for what was found, those of one list only, and not what it names."""
    for each in found:
        name = canonical(_bare(each.figure)).replace("[]", "")
        start, where, key, inside = next(row for row in _LISTS if name.startswith(row[0]))
        if start and each.place is not None and each.place.file and start == where:
            continue  # it names its line itself
        rows = _rows(json, where)
        causes = [
            Cause(place, f"{where}.{key}", row[key])
            for row in rows
            if (row.get(key) or 0) > 0 and not row.get("purpose")
            if (place := _place(row.get(inside, {}) if inside else row)) is not None
        ]
        if causes:
            return tuple(causes[:MOST_CAUSES])
    return ()


def _bare(figure: str) -> str:
    for each in _NAMED:
        figure = figure.removeprefix(each)
    return figure.partition(",")[0].rstrip(")")


def _rows(json: Mapping[str, Any], where: str) -> list[Any]:
    here: Any = json
    for part in where.split(".") if where else ():
        here = (here or {}).get(part)
    return here if isinstance(here, list) else []


def _place(row: Mapping[str, Any]) -> Place | None:
    if "waiter" in row:
        return _place(row["waiter"])
    thread = row.get("name") or row.get("thread")
    thread = thread if isinstance(thread, str) else ""
    if "culprit_file" in row:
        return Place(
            row["culprit_function"], row["culprit_file"], row["culprit_line"], row["culprit"]
        )
    if "file" in row and "line" in row:
        return Place(row["function"], row["file"], row["line"], thread)
    if thread:
        return Place("", "", 0, thread)
    program = row.get("program")
    return Place("", "", 0, f"{program} ({row['pid']})") if program and "pid" in row else None
