"""What every thread of a process, and every GIL of it, was doing, from beginning to end."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from gilscope.analysis.stretch import open_holds
from gilscope.picture.gaps import Gaps, OffStates
from gilscope.picture.rows import BLOCK_ROWS, Rows, rows_of
from gilscope.picture.spans import NOTHING, STATES, Spans, joined, mixed, spans
from gilscope.picture.states import State
from gilscope.trace.cpuclocks import CpuClocks

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    import numpy.typing as npt

    from gilscope.picture.places import TracePlaces
    from gilscope.trace import Thread, Trace

    Ints = npt.NDArray[np.int64]


_NEVER = -1


class Walk:
    """Goes through one process once. The lane of a thread is its number, that of a GIL below 0."""

    def __init__(
        self,
        trace: Trace,
        places: TracePlaces,
        threads: Collection[int],
        block_rows: int = BLOCK_ROWS,
    ) -> None:
        """`threads` are those that have a lane."""
        self._trace, self._places, self._block_rows = trace, places, block_rows
        size = trace.largest_thread + 1
        self._chosen = np.zeros(size, np.bool_)
        self._chosen[[each for each in threads if each < size]] = True
        self._off = OffStates(trace, places)
        self._since_ns = np.full(size, _NEVER, np.int64)  # the last release
        self._place = np.full(size, NOTHING, np.int64)  # where that was
        self._idle = np.zeros(size, np.int64)  # whether it is idle there
        self._has_held = np.zeros(size, np.bool_)
        self._clocks = CpuClocks(trace.cpu)
        known = (each for each in trace.threads.values() if self._chosen[each.thread])
        self._to_end = sorted(known, key=lambda each: each.end_ns, reverse=True)
        from_ns = trace.rows_from_ns()
        for number, thread in trace.threads.items():
            self._since_ns[number] = max(thread.start_ns, from_ns)

    def spans(self) -> Iterator[Spans]:
        """Yield what was going on, block by block; in each lane in the order of its time."""
        before = self._before()
        if len(before):
            yield before
        for rows in rows_of(self._trace, self._places, self._block_rows):
            yield self._of_gils(rows)
            chosen = np.flatnonzero(self._chosen[rows.thread])
            small = rows.thread[chosen].astype(np.uint16 if self._chosen.size < 2**16 else np.int64)
            found = self._of_threads(rows.select(chosen[np.argsort(small, kind="stable")]))
            # Who is gone has all of its life behind it, before another takes its lane.
            yield joined([found, self._after(int(rows.acquire_ns[-1]))])
        yield from self._ending()

    def _before(self) -> Spans:
        """Of a limited trace: that of which no rows are kept."""
        from_ns = self._trace.rows_from_ns()
        early = [
            (number, each.start_ns, min(from_ns, each.end_ns))
            for number, each in self._trace.threads.items()
            if self._chosen[number] and each.start_ns < from_ns
        ]
        early += [
            (int(gil_lane(gil)), each.start_ns, from_ns) for gil, each in self._trace.gils.items()
        ]
        lane, begin, end = np.array(early, np.int64).reshape(-1, 3).T
        some = end > begin
        return spans(lane[some], begin[some], end[some], State.UNKNOWN)

    def _of_gils(self, rows: Rows) -> Spans:
        return _held(rows, gil_lane(rows.gil), rows.thread)

    def _of_threads(self, rows: Rows) -> Spans:
        """`rows` are sorted by thread, and by time in each."""
        if not len(rows):
            return joined([])
        thread = rows.thread
        first = np.append(True, thread[1:] != thread[:-1])
        since = np.where(first, self._since_ns[thread], np.roll(rows.release_ns, 1))
        since = np.where(since == _NEVER, rows.request_ns, since)
        gave_up = np.where(first, self._place[thread], np.roll(rows.ended, 1))
        idle = np.where(first, self._idle[thread], np.roll(rows.ended_idle, 1))
        idle = np.where(rows.waited_idle >= 0, rows.waited_idle, idle)
        last = np.append(first[1:], True)
        self._since_ns[thread[last]] = rows.release_ns[last]
        self._idle[thread[last]] = rows.ended_idle[last]
        self._has_held[thread[last]] = True
        self._place[thread[last]] = rows.ended[last]
        # Of several GILs the holds of a thread may overlap by what clocks differ.
        request = np.maximum(rows.request_ns, since)
        gaps = Gaps(
            thread, since, request, gave_up, rows.handover_ns, rows.cpu_ns, idle.astype(np.bool_)
        )
        waits = np.flatnonzero(request < rows.acquire_ns)
        place = np.where(rows.waited_at >= 0, rows.waited_at, gave_up)
        waited = spans(
            thread[waits],
            request[waits],
            rows.acquire_ns[waits],
            State.WAIT,
            place=place[waits],
            culprit=rows.culprit[waits],
        )
        nobody = np.full(len(rows), NOTHING, np.int64)
        return joined([self._off.divide(gaps), waited, _held(rows, thread, nobody)])

    def _ending(self) -> Iterator[Spans]:
        """Who held and who waited when the recording ended, and what came after the last holds."""
        trace = self._trace
        for gil in trace.gils:
            ending = open_holds(trace, gil, len(trace.sites(gil)))
            holds, place = ending.holds, self._places.of(gil, ending.path)
            size = len(holds)
            nothing, zero = np.full(size, NOTHING, np.int64), np.zeros(size, np.int64)
            rows = Rows(
                thread=holds.thread,
                request_ns=holds.request_ns,
                acquire_ns=holds.acquire_ns,
                release_ns=holds.release_ns,
                held_ns=holds.held_ns,
                count=holds.count,
                gil=np.full(size, gil, np.int64),
                place=place,
                ended=place,
                waited_at=place,
                ended_idle=zero,
                waited_idle=nothing,
                culprit=nothing,
                handover_ns=zero,
                cpu_ns=nothing,
            )
            held = np.flatnonzero(holds.release_ns > holds.acquire_ns)
            yield self._of_gils(rows.select(held))
            chosen = np.flatnonzero(self._chosen[rows.thread])
            yield self._of_threads(rows.select(chosen[np.argsort(rows.thread[chosen])]))
        yield self._after(trace.end_ns)

    def _after(self, until_ns: int) -> Spans:
        """What came after the last hold of those that had ended by then.

        Of a thread that never held a GIL, it is all of its life.
        """
        rows: list[tuple[int, ...]] = []
        while self._to_end and self._to_end[-1].end_ns <= until_ns:
            each = self._to_end.pop()
            since, at = int(self._since_ns[each.thread]), int(self._place[each.thread])
            looks = _between_looks(each, since, self._clocks)
            if self._has_held[each.thread]:
                # How much of the time before the first look it held the GIL is not known.
                number, begin, end, *_ = looks[0]
                looks[0] = number, begin, end, NOTHING, NOTHING
            rows += [(*look[:3], at, look[4]) for look in looks]
            self._since_ns[each.thread] = max(since, each.end_ns)
        rows.sort()
        thread, begin_ns, end_ns, places, cpu_ns = np.array(rows, np.int64).reshape(-1, 5).T
        parked = np.zeros(len(rows), np.int64)
        idle = self._idle[thread].astype(np.bool_)
        return self._off.divide(Gaps(thread, begin_ns, end_ns, places, parked, cpu_ns, idle))


def _between_looks(
    thread: Thread, since_ns: int, clocks: CpuClocks
) -> list[tuple[int, int, int, int, int]]:
    """Cut a life without a GIL where somebody looked at the thread's CPU clock."""
    looked = clocks.rows(thread.thread)["time_ns"].astype(np.int64)
    looked = looked[(looked > since_ns) & (looked < thread.end_ns)]
    edges = np.concatenate([[since_ns], looked, [max(since_ns, thread.end_ns)]])
    used = np.diff(clocks.used_ns(thread, edges))
    pairs = zip(edges[:-1].tolist(), edges[1:].tolist(), used.tolist(), strict=True)
    return [(thread.thread, low, high, NOTHING, round(cpu)) for low, high, cpu in pairs]


def gil_lane(gil: Ints | int) -> Ints:
    """Return the lane of a GIL."""
    return -1 - np.asarray(gil, np.int64)


def _held(rows: Rows, lane: Ints, culprit: Ints) -> Spans:
    """Holds, and turns that have one row together: of these it is known how long they were."""
    length = rows.release_ns - rows.acquire_ns
    partly = rows.held_ns < length
    some = np.flatnonzero(~partly)
    alone = spans(
        lane[some],
        rows.acquire_ns[some],
        rows.release_ns[some],
        State.HOLD,
        place=rows.place[some],
        culprit=culprit[some],
        count=rows.count[some],
    )
    many = np.flatnonzero(partly)
    if not len(many):
        return alone
    parts = np.zeros((len(many), STATES))
    parts[:, State.HOLD] = rows.held_ns[many]
    is_thread = lane[many] > 0
    parts[is_thread, State.OFF] = (length - rows.held_ns)[many][is_thread]
    turns = mixed(
        lane[many],
        rows.acquire_ns[many],
        rows.release_ns[many],
        parts,
        place=rows.place[many],
        culprit=culprit[many],
        count=rows.count[many],
    )
    return joined([alone, turns])
