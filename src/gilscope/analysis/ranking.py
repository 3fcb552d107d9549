"""From sums by call path to rows by line: who made others wait, and who waited."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from gilscope.analysis.model import BlameRow, Line, LineSource, VictimRow
from gilscope.trace import SAMPLER_TABLE

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy.typing as npt

    from gilscope.analysis.lines import Lines
    from gilscope.analysis.victims import Victims

    Floats = npt.NDArray[np.float64]


@dataclass(slots=True)
class _Cause:
    sampled_ns: float = 0.0
    released_ns: float = 0.0
    inside_ns: dict[Line | None, float] = field(default_factory=lambda: defaultdict(float))


class BlameRanking:
    """Adds up blame by line over all GILs."""

    def __init__(self, lines: Lines) -> None:
        self._lines = lines
        self._causes: dict[Line, _Cause] = defaultdict(_Cause)

    def add_sampled(self, by_path: Floats) -> None:
        for path in np.flatnonzero(by_path > 0).tolist():
            cause = self._cause(SAMPLER_TABLE, path, float(by_path[path]))
            cause.sampled_ns += float(by_path[path])

    def add_released(self, gil: int, site_path: npt.NDArray[np.int64], by_site: Floats) -> None:
        for site in np.flatnonzero(by_site > 0).tolist():
            cause = self._cause(gil, int(site_path[site]), float(by_site[site]))
            cause.released_ns += float(by_site[site])

    def _cause(self, table: int, path: int, much: float) -> _Cause:
        cause = self._causes[self._lines[self._lines.number(table, path)]]
        cause.inside_ns[self._lines.inside(table, path)] += much
        return cause

    def rows(self, total_wait_ns: int, stalls_ns: Mapping[Line, int]) -> tuple[BlameRow, ...]:
        rows = [
            BlameRow(
                line=line,
                caused_wait_s=(cause.sampled_ns + cause.released_ns) / 1e9,
                fraction=_fraction(cause.sampled_ns + cause.released_ns, total_wait_ns),
                line_source=LineSource.SAMPLED
                if cause.sampled_ns >= cause.released_ns
                else LineSource.RELEASE,
                longest_stall_s=stalls_ns.get(line, 0) / 1e9,
                inside=_most(cause.inside_ns),
            )
            for line, cause in self._causes.items()
        ]
        return tuple(sorted(rows, key=lambda row: -row.caused_wait_s))


@dataclass(slots=True)
class _Place:
    wait_ns: int = 0
    waits: int = 0
    longest_ns: int = 0
    inside_ns: dict[Line | None, float] = field(default_factory=lambda: defaultdict(float))


class VictimRanking:
    """Adds up waits by line over all GILs."""

    def __init__(self, lines: Lines) -> None:
        self._lines = lines
        self._places: dict[Line, _Place] = defaultdict(_Place)

    def add(self, gil: int, victims: Victims) -> None:
        for path in np.flatnonzero(victims.waits).tolist():
            place = self._places[self._lines[self._lines.number(gil, path)]]
            wait_ns = int(victims.wait_ns[path])
            place.wait_ns += wait_ns
            place.waits += int(victims.waits[path])
            place.longest_ns = max(place.longest_ns, int(victims.longest_ns[path]))
            place.inside_ns[self._lines.inside(gil, path)] += wait_ns

    def rows(self, total_wait_ns: int) -> tuple[VictimRow, ...]:
        rows = [
            VictimRow(
                line=line,
                wait_s=place.wait_ns / 1e9,
                waits=place.waits,
                longest_wait_s=place.longest_ns / 1e9,
                fraction=_fraction(place.wait_ns, total_wait_ns),
                inside=_most(place.inside_ns),
            )
            for line, place in self._places.items()
        ]
        return tuple(sorted(rows, key=lambda row: -row.wait_s))


def _fraction(part: float, total: int) -> float:
    return min(1.0, part / total) if total else 0.0


def _most(shares: dict[Line | None, float]) -> Line | None:
    return max(shares, key=lambda line: shares[line]) if shares else None
