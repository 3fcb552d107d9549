"""Turns: rows of HOLDS that stand for many holds, which nobody waited for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from gilscope.trace.layout import SITE_TURNS, TURNS
from gilscope.trace.order import in_order
from gilscope.trace.tables import KeyedTable

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import numpy.typing as npt

    from gilscope.trace.chunks import Chunk
    from gilscope.trace.source import Source
    from gilscope.trace.totals import Totals

    Ints = npt.NDArray[np.int64]

_LARGEST = 2**62


@dataclass(frozen=True, slots=True)
class Summed:
    """What rows of a block stand for; int64 columns with an entry for each of its rows.

    `number` is that of the (first) hold among all holds of the GIL, as `hold_row` of resumes
    counts; `count` how many holds the row is; `held_ns` and `longest_ns` what they held, all
    together and at most; `site` where they ended. `lost` marks rows that nothing explains.
    """

    number: Ints
    count: Ints
    held_ns: Ints
    longest_ns: Ints
    site: Ints
    lost: npt.NDArray[np.bool_]


class Turns:
    """The turns of one GIL, read in ranges of rows so that memory stays bounded."""

    def __init__(
        self,
        source: Source,
        chunks: Sequence[Chunk],
        warn: Callable[[str], None],
        totals: Totals | None = None,
    ) -> None:
        self._totals = totals
        self._table = KeyedTable(source, chunks, TURNS, "row", warn)
        self._any = bool(chunks)

    def rows(self, first_row: int = 0) -> npt.NDArray[np.void]:
        """Return all of them; but those of rows before the first one that is kept."""
        return self._table.between(first_row, _LARGEST)

    def summed(self, row: Ints, hold_ns: Ints, site: Ints) -> Summed:
        """Say what rows of HOLDS stand for, given their numbers, durations, and sites."""
        marked = site == SITE_TURNS
        if not self._any or not len(row):
            one = np.broadcast_to(np.int64(1), len(row))
            return Summed(row + self._gone(), one, hold_ns, hold_ns, site, marked)
        low, high = int(row[0]), int(row[-1]) + 1
        found = _sane(self._table.between(low, high))
        at, known = _places(row, found["row"].astype(np.int64))
        found, at = found[known], at[known]
        fits = marked[at] & (found["held_ns"] <= hold_ns[at].clip(0).astype(np.uint64))
        number = row + self._before(row, found)
        found, at = found[fits], at[fits]
        count, held_ns, longest_ns, site = (
            np.ones_like(row),
            hold_ns.copy(),
            hold_ns.copy(),
            site.copy(),
        )
        count[at], held_ns[at] = found["count"], found["held_ns"]
        longest_ns[at], site[at] = found["longest_hold_ns"], found["site"]
        lost = marked.copy()
        lost[at] = False
        return Summed(number, count, held_ns, longest_ns, site, lost)

    def _before(self, row: Ints, found: npt.NDArray[np.void]) -> Ints:
        """Count how many holds more than rows there were before each row."""
        last = self._table.last_before(int(row[0]))
        known = found if last is None else np.concatenate([_sane(last), found])
        at = known["row"].astype(np.int64)
        until = known["hold_row"].astype(np.int64) - at  # and from the next row on:
        since = until + known["count"].astype(np.int64) - 1
        keep = in_order(until, since)
        at, until, since = at[keep], until[keep], since[keep]
        if not len(at):
            return np.full_like(row, self._gone())
        place = np.searchsorted(at, row, side="left")
        before: Ints = np.where(place > 0, since[place - 1], until[0])
        return before

    def _gone(self) -> int:
        """Count how many holds more than rows there were before the first turns that are kept."""
        if self._totals is None:
            return 0
        for row in _sane(self._table.first()):
            return int(row["hold_row"]) - int(row["row"])
        return self._totals.holds - self._totals.rows


def _sane(rows: npt.NDArray[np.void]) -> npt.NDArray[np.void]:
    sane = (rows["row"] <= rows["hold_row"]) & (rows["hold_row"] < _LARGEST) & (rows["count"] > 0)
    sane &= rows["longest_hold_ns"] <= rows["held_ns"]
    return rows[sane & (rows["held_ns"] < _LARGEST)]


def _places(row: Ints, wanted: Ints) -> tuple[Ints, npt.NDArray[np.bool_]]:
    """Return where in `row` numbers are, and which of them are there at all."""
    at = np.minimum(np.searchsorted(row, wanted), len(row) - 1)
    return at, row[at] == wanted
