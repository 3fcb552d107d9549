"""The columns of threads, and how they are written: sparklines beside percentages."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING

from rich.text import Text

from gilscope.analysis.groups import name_pattern
from gilscope.live import NowState, Share
from gilscope.report.terminal.table import fit
from gilscope.words.text import clean

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from gilscope.live import LiveNow, LiveThread

HEADINGS = {
    Share.HOLDING: "held",
    Share.WAITING: "waits",
    Share.LOCK: "lock",
    Share.COMPUTING: "computing",
    Share.BLOCKED: "blocked",
}
STYLES = {
    Share.HOLDING: "green",
    Share.WAITING: "red",
    Share.LOCK: "magenta",
    Share.COMPUTING: "blue",
    Share.BLOCKED: "dim",
}
MARKS = {NowState.HOLDING: ("●", "green"), NowState.WAITING: ("○", "red")}
MARKS |= {NowState.LOCK: ("◇", "magenta")}
BARS = "▁▂▃▄▅▆▇█"
UNKNOWN = "·"
LEAST_SHOWN = 0.005  # less is nothing to be seen
_PERCENT_CELLS = len(" 100%")
_MARK_CELLS = 2
_NARROWEST_NAME, _WIDEST_NAME = 14, 32


@dataclass(frozen=True, slots=True)
class Row:
    """A thread, or threads that are alike, `count` of them."""

    thread: LiveThread
    count: int
    mark: LiveNow | None


def spark(values: Sequence[float | None], cells: int, style: str) -> Text:
    """Draw the newest values, one a cell, the last one at the right edge."""
    shown = list(values[-cells:]) if cells else []
    glyphs = [UNKNOWN if value is None else bar(value) for value in shown]
    return Text(" " * (cells - len(glyphs)) + "".join(glyphs), style)


def bar(value: float) -> str:
    """Return the glyph for a part of a whole; a space for nothing."""
    if value < LEAST_SHOWN:
        return " "
    return BARS[min(len(BARS) - 1, int(value * len(BARS)))]


def rows_of(threads: Iterable[LiveThread], now: Iterable[LiveNow], *, grouped: bool) -> list[Row]:
    """Make rows of threads, in the order of the threads."""
    marks = {each.thread: each for each in reversed(list(now))}
    if not grouped:
        return [Row(each, 1, marks.get(each.thread)) for each in threads]
    alike: dict[str, list[LiveThread]] = {}
    for each in threads:
        alike.setdefault(name_pattern(each.name), []).append(each)
    return [_group(name, some, marks) for name, some in alike.items()]


def _group(name: str, some: list[LiveThread], marks: Mapping[int, LiveNow]) -> Row:
    if len(some) == 1:
        return Row(some[0], 1, marks.get(some[0].thread))
    sums = {
        each.name: sum(getattr(thread, each.name) for thread in some)
        for each in fields(some[0])
        if each.name.endswith("_s") or each.name.endswith("acquires")
    }
    history = {
        share: tuple(map(_mean, itertools.zip_longest(*(each.history[share] for each in some))))
        for share in Share
    }
    marked = [marks[each.thread] for each in some if each.thread in marks]
    first = min(marked, key=lambda mark: list(NowState).index(mark.state), default=None)
    return Row(replace(some[0], name=name, history=history, **sums), len(some), first)


def _mean(values: tuple[float | None, ...]) -> float | None:
    known = [value for value in values if value is not None]
    return sum(known) / len(known) if known else None


def in_order(rows: Iterable[Row], by: Share | None) -> list[Row]:
    """Sort by a share of the threads' time, largest first; without one, by name."""
    if by is None:
        return sorted(rows, key=lambda row: _natural(row.thread.name))
    return sorted(rows, key=lambda row: (-_share(row.thread, by), row.thread.thread))


def _natural(name: str) -> list[tuple[int, str]]:
    """Let thread 10 come after thread 9."""
    groups = itertools.groupby(name, str.isdecimal)
    parts = ["".join(some) for _, some in groups]
    return [(int(part), "") if part.isdecimal() else (-1, part) for part in parts]


def _share(thread: LiveThread, share: Share) -> float:
    return thread.share_s(share) / max(thread.lifetime_s, 1e-9)


def heading(width: int, title: str, by: Share | None) -> Text:
    name_cells, spark_cells = _widths(width)
    first = Text(f"{title} ▼" if by is None else title, "bold")
    line = fit(first, _MARK_CELLS + name_cells)
    for share, word in HEADINGS.items():
        cell = f"{word} ▼" if share is by else word
        line.append(" ").append(fit(Text(cell, "bold"), spark_cells + _PERCENT_CELLS, right=True))
    return line


def thread_line(row: Row, width: int) -> Text:
    name_cells, spark_cells = _widths(width)
    thread = row.thread
    glyph, style = MARKS[row.mark.state] if row.mark else (" ", "")
    line = Text.assemble((glyph, style), " ")
    name = clean(thread.name)
    if row.count > 1:
        name = f"{row.count}x {name}"
    line.append(fit(Text(name, "dim" if thread.ended else ""), name_cells))
    for share in Share:
        percent = _percent(_share(thread, share)) if thread.lifetime_s else "?"
        line.append(" ").append(spark(thread.history[share], spark_cells, STYLES[share]))
        line.append(percent.rjust(_PERCENT_CELLS), "dim" if percent == "0%" else "")
    return line


def _percent(fraction: float) -> str:
    if 0 < fraction < LEAST_SHOWN:
        return "<1%"  # it is not nothing
    return f"{100 * min(1.0, fraction):.0f}%"


def _widths(width: int) -> tuple[int, int]:
    name_cells = min(_WIDEST_NAME, max(_NARROWEST_NAME, round(width * 0.2)))
    rest = width - _MARK_CELLS - name_cells
    return name_cells, max(1, rest // len(Share) - 1 - _PERCENT_CELLS)
