"""The holds of all GILs of a process in the order of their time, with what is known around each."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING

import numpy as np

from gilscope.analysis.sampling import SampleTable
from gilscope.picture.spans import NOTHING
from gilscope.trace import SAMPLER_TABLE
from gilscope.trace.layout import UNMEASURED

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
    gave up the GIL last. `culprit`: the thread whose hold took most of that wait. `cpu_ns`: CPU
    time between the release before and the request, NOTHING where it was not measured.
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
    culprit: Ints
    handover_ns: Ints
    cpu_ns: Ints

    def __len__(self) -> int:
        return len(self.thread)

    def select(self, rows: Ints | slice) -> Rows:
        return Rows(*(getattr(self, each.name)[rows] for each in fields(self)))


def rows_of(trace: Trace, places: TracePlaces, block_rows: int = BLOCK_ROWS) -> Iterator[Rows]:
    """Stream the holds of all GILs, in the order of their time, about `block_rows` at a time."""
    streams = [_of_gil(trace, gil, places, block_rows) for gil in trace.gils]
    return _merged([each for each in streams if trace.gils])


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


def _of_gil(trace: Trace, gil: int, places: TracePlaces, block_rows: int) -> Iterator[Rows]:
    site_path = trace.sites(gil).path
    resumes, paths = trace.resumes(gil), len(trace.paths(gil))
    sampler_paths = len(trace.paths(SAMPLER_TABLE))
    seen = [SampleTable(each, gil, sampler_paths) for each in (trace.looks(), trace.samples())]
    before: HoldBlock | None = None
    for block in trace.hold_blocks(gil, max_rows=block_rows):
        size = len(block)
        ended = places.of(gil, site_path[np.where(block.site < len(site_path), block.site, 0)])
        place = ended.copy()
        for table in seen:  # samples last: they are the closer look
            _name(place, block, table, places)
        found = resumes.between(int(block.index[0]), int(block.index[-1]) + 1)
        row = np.searchsorted(block.index, found["hold_row"].astype(np.int64))
        known = (row < size) & (block.index[np.minimum(row, size - 1)] == found["hold_row"])
        row, found = row[known], found[known]
        path = found["path_id"].astype(np.int64)
        waited_at, handover, cpu = (np.full(size, each, np.int64) for each in (NOTHING, 0, NOTHING))
        waited_at[row] = places.of(gil, np.where(path < paths, path, 0))
        handover[row] = _sane(found["handover_ns"], block.request_ns[row], 0)
        cpu[row] = _sane(found["off_cpu_ns"], block.request_ns[row], NOTHING)
        yield Rows(
            block.thread,
            block.request_ns,
            block.acquire_ns,
            block.release_ns,
            block.held_ns,
            block.count,
            np.full(size, gil, np.int64),
            place,
            ended,
            waited_at,
            _culprits(block, before),
            handover,
            cpu,
        )
        before = block.select(slice(-_LOOK_BACK, None))


def _sane(values: npt.NDArray[np.uint64], request_ns: Ints, otherwise: int) -> Ints:
    """Nothing before a request can have taken longer than the recording until then."""
    known = (values != UNMEASURED) & (values <= request_ns.astype(np.uint64))
    return np.where(known, values, 0).astype(np.int64) + np.where(known, 0, otherwise)


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
