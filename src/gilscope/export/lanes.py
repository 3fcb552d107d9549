"""What the threads of one process did, and when, in as much detail as there is room for."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from gilscope.analysis.lines import Lines
from gilscope.analysis.stretch import open_holds
from gilscope.export.culprits import with_culprits
from gilscope.export.slices import NOWHERE, SliceKind, Slices, joined, merged
from gilscope.trace.placed import Places

if TYPE_CHECKING:
    from collections.abc import Iterator

    import numpy.typing as npt

    from gilscope.trace import Trace
    from gilscope.trace.placed import PlacedBlock

    Ints = npt.NDArray[np.int64]

_FEWEST_PARTS, _MOST_PARTS = 16, 2000


@dataclass(frozen=True, slots=True)
class Detail:
    """How much to keep: slices of `shortest_ns` or more stay single, of others `parts` a lane."""

    shortest_ns: int = 0
    parts: int = _MOST_PARTS

    def part_ns(self, trace: Trace) -> int:
        return max(1, trace.end_ns // self.parts)


def parts_for(most: int, lanes: int) -> int:
    """Return into how many parts the time of a lane is to be cut, so that all fit."""
    return min(_MOST_PARTS, max(_FEWEST_PARTS, most // max(1, lanes)))


class Lanes:
    """The lanes of one process."""

    def __init__(self, trace: Trace, detail: Detail) -> None:
        self.trace, self.detail = trace, detail
        self.lines = Lines(trace)

    def of_threads(self, gil: int) -> Slices:
        """Return what each thread did with a GIL: lanes are threads."""
        slices = self._merged(self._raw(gil))
        return with_culprits(self.trace, gil, slices)

    def of_gil(self, gil: int) -> Slices:
        """Return who had a GIL: one lane, `by` is the thread, 0 where there are several."""
        parts = []
        for each in self._raw(gil):
            holds = each.select(each.holds > 0)
            lane = np.full(len(holds), gil)
            parts.append(replace(holds, lane=lane, by=holds.lane, by_ns=holds.begin_ns))
        return self._merged(iter(parts))

    def lengths(self, gil: int) -> Iterator[Ints]:
        """Return how long all slices of the threads are, in ns, if none are put together."""
        return (each.end_ns - each.begin_ns for each in self._raw(gil, with_lines=False))

    def _merged(self, parts: Iterator[Slices]) -> Slices:
        part_ns = self.detail.part_ns(self.trace)
        return joined([merged(each, self.detail.shortest_ns, part_ns) for each in parts])

    def _raw(self, gil: int, *, with_lines: bool = True) -> Iterator[Slices]:
        places = Places(self.trace, gil)
        for block in places.blocks():
            yield self._of_block(gil, block, with_lines=with_lines)
        yield self._of_end(gil, places)

    def _of_block(self, gil: int, block: PlacedBlock, *, with_lines: bool) -> Slices:
        holds, waited = block.holds, block.waited
        none, no_wait = np.zeros(len(holds), np.int64), np.zeros(len(waited), np.int64)
        path = np.concatenate([block.wait_path, block.path])
        line = self.lines.numbers(gil, path) if with_lines else np.full(len(path), NOWHERE)
        line[path == 0] = NOWHERE
        several = holds.held_ns != holds.release_ns - holds.acquire_ns  # or one, and a pause
        kind = np.where(several | (holds.count > 1), SliceKind.MIXED, SliceKind.HOLD)
        return Slices(
            kind=np.concatenate([no_wait + SliceKind.WAIT, kind]),
            lane=np.concatenate([holds.thread[waited], holds.thread]),
            begin_ns=np.concatenate([holds.request_ns[waited], holds.acquire_ns]),
            end_ns=np.concatenate([holds.acquire_ns[waited], holds.release_ns]),
            holds=np.concatenate([no_wait, holds.count]),
            held_ns=np.concatenate([no_wait, holds.held_ns]),
            waits=np.concatenate([no_wait + 1, none]),
            waited_ns=np.concatenate([block.wait_ns, none]),
            line=line,
            by=np.concatenate([no_wait, none]),
            by_ns=np.concatenate([no_wait, none]),
        )

    def _of_end(self, gil: int, places: Places) -> Slices:
        """Who held, and who still waited, when the recording ended."""
        ending = open_holds(self.trace, gil, 0)
        holds = ending.holds
        path = np.where(ending.path < len(self.trace.paths(gil)), ending.path, 0)
        path = np.where(path == 0, places.last_path(holds.thread), path)
        waits = np.arange(len(holds)) >= len(holds) - ending.waiting
        line = self.lines.numbers(gil, path) if len(path) else path
        zero = np.zeros(len(holds), np.int64)
        length = holds.release_ns - np.where(waits, holds.request_ns, holds.acquire_ns)
        return Slices(
            kind=np.where(waits, SliceKind.WAIT, SliceKind.HOLD),
            lane=holds.thread,
            begin_ns=holds.release_ns - length,
            end_ns=holds.release_ns,
            holds=np.where(waits, 0, 1),
            held_ns=np.where(waits, 0, length),
            waits=np.where(waits, 1, 0),
            waited_ns=np.where(waits, length, 0),
            line=np.where(path == 0, NOWHERE, line),
            by=zero,
            by_ns=zero,
        )
