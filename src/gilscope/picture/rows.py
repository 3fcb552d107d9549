"""The holds of all GILs of a process in the order of their time, with what is known around each."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING

import numpy as np

from gilscope.analysis.resumes import Resumes
from gilscope.analysis.sampling import SampleTable
from gilscope.picture.idle import IdlePaths
from gilscope.picture.spans import NOTHING
from gilscope.trace import SAMPLER_TABLE

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import numpy.typing as npt

    from gilscope.picture.places import TracePlaces
    from gilscope.trace import HoldBlock, Trace

    Ints = npt.NDArray[np.int64]

BLOCK_ROWS = 1 << 17
# Of so many holds before a wait ended, the one that took most of it is to blame.
_LOOK_BACK = 16


@dataclass(frozen=True, slots=True)
class Rows:
    """Holds in order; int64 columns, times in ns.

    `place`: the line that ran, or at which the hold ended where nothing else is known; `ended`: at
    which it ended. `waited_at`: the line that waited before, NOTHING if that is where the thread
    gave up the GIL last. `ended_idle`, `waited_idle`: whether a thread that waits there is idle,
    1 or 0; `waited_idle` is NOTHING where `waited_at` is. `culprit`: the thread whose hold took
    most of that wait. `cpu_ns`: CPU time between the release before and the request, NOTHING where
    it was not measured.
    """

    thread: Ints
    request_ns: Ints
    acquire_ns: Ints
    release_ns: Ints
    held_ns: Ints
    count: Ints
    gil: Ints
    place: Ints
    ended: Ints
    waited_at: Ints
    ended_idle: Ints
    waited_idle: Ints
    culprit: Ints
    handover_ns: Ints
    cpu_ns: Ints

    def __len__(self) -> int:
        return len(self.thread)

    def select(self, rows: Ints | slice) -> Rows:
        return Rows(*(getattr(self, each.name)[rows] for each in fields(self)))


def rows_of(trace: Trace, places: TracePlaces, block_rows: int = BLOCK_ROWS) -> Iterator[Rows]:
    """Stream the holds of all GILs, in the order of their time, about `block_rows` at a time."""
    idle = IdlePaths(trace)
    return _merged([_OfGil(trace, gil, places, idle).rows(block_rows) for gil in trace.gils])


def _merged(streams: Sequence[Iterator[Rows]]) -> Iterator[Rows]:
    ahead = [(rows, stream) for stream in streams if (rows := next(stream, None)) is not None]
    while len(ahead) > 1:
        # Up to where the first of the blocks ends, all rows of all GILs are known.
        until_ns = min(int(rows.acquire_ns[-1]) for rows, _ in ahead)
        cut = [int(np.searchsorted(rows.acquire_ns, until_ns, "right")) for rows, _ in ahead]
        parts = [rows.select(slice(at)) for at, (rows, _) in zip(cut, ahead, strict=True)]
        names = [each.name for each in fields(Rows)]
        both = Rows(*(np.concatenate([getattr(each, name) for each in parts]) for name in names))
        yield both.select(np.argsort(both.acquire_ns, kind="stable"))
        rest = []
        for at, (rows, stream) in zip(cut, ahead, strict=True):
            left = rows.select(slice(at, None)) if at < len(rows) else next(stream, None)
            if left is not None:
                rest.append((left, stream))
        ahead = rest
    for rows, stream in ahead:
        yield rows
        yield from stream


class _OfGil:
    """The holds of one GIL."""

    def __init__(self, trace: Trace, gil: int, places: TracePlaces, idle: IdlePaths) -> None:
        self._trace, self._gil, self._places, self._idle = trace, gil, places, idle
        self._sites, self._paths = trace.sites(gil), len(trace.paths(gil))
        self._resumes = trace.resumes(gil)
        sampler_paths = len(trace.paths(SAMPLER_TABLE))
        self._seen = [
            SampleTable(each, gil, sampler_paths) for each in (trace.looks(), trace.samples())
        ]

    def rows(self, block_rows: int) -> Iterator[Rows]:
        before: HoldBlock | None = None
        for block in self._trace.hold_blocks(self._gil, max_rows=block_rows):
            yield self._rows(block, _culprits(block, before))
            before = block.select(slice(-_LOOK_BACK, None))

    def _rows(self, block: HoldBlock, culprits: Ints) -> Rows:
        gil, size = self._gil, len(block)
        path = self._sites.paths_of(block.site)
        ended = self._places.of(gil, path)
        place = ended.copy()
        for table in self._seen:  # samples last: they are the closer look
            _name(place, block, table, self._places)
        resumes = Resumes(block, self._resumes, self._paths)
        row, before = resumes.row, resumes.path
        waited_at, waited_idle, handover, cpu = (
            np.full(size, each, np.int64) for each in (NOTHING, NOTHING, 0, NOTHING)
        )
        waited_at[row] = self._places.of(gil, before)
        waited_idle[row] = np.where(before > 0, self._idle.of(gil, before), NOTHING)
        for column, field in ((handover, "handover_ns"), (cpu, "off_cpu_ns")):
            row, values = resumes.measured(field, least=0)
            column[row] = values
        return Rows(
            thread=block.thread,
            request_ns=block.request_ns,
            acquire_ns=block.acquire_ns,
            release_ns=block.release_ns,
            held_ns=block.held_ns,
            count=block.count,
            gil=np.full(size, gil, np.int64),
            place=place,
            ended=ended,
            waited_at=waited_at,
            ended_idle=self._idle.of(gil, path).astype(np.int64),
            waited_idle=waited_idle,
            culprit=culprits,
            handover_ns=handover,
            cpu_ns=cpu,
        )


def _name(place: Ints, block: HoldBlock, table: SampleTable, places: TracePlaces) -> None:
    """Where holds were looked into, name the line that was seen most often."""
    samples = table.within(block)
    if not len(samples):
        return
    line = places.of(SAMPLER_TABLE, samples.path)
    hold, line = samples.hold[line >= 0], line[line >= 0]
    size = int(line.max(initial=0)) + 1
    key, counts = np.unique(hold * size + line, return_counts=True)
    key = key[np.argsort(counts, kind="stable")]  # what is assigned last stays
    place[key // size] = key % size


def _culprits(block: HoldBlock, before: HoldBlock | None) -> Ints:
    """Return for each hold that was waited for who took most of the wait; NOTHING for others."""
    context = (block,) if before is None else (before, block)
    acquire, release, thread = (
        np.concatenate([getattr(each, name) for each in context])
        for name in ("acquire_ns", "release_ns", "thread")
    )
    found = np.full(len(block), NOTHING, np.int64)
    waits = np.flatnonzero(block.request_ns < block.acquire_ns)
    most = np.zeros(len(waits), np.int64)
    at = waits + len(acquire) - len(block)
    begin, end = block.request_ns[waits], block.acquire_ns[waits]
    for back in range(1, _LOOK_BACK + 1):
        other = np.maximum(at - back, 0)
        much = np.minimum(release[other], end) - np.maximum(acquire[other], begin)
        much[at < back] = 0
        more = much > most
        most[more] = much[more]
        found[waits[more]] = thread[other[more]]
        if not (much > 0).any():
            break
    return found
