"""A stretch of a recording, as if recording had begun and ended with it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from gilscope.trace.away import away_within
from gilscope.trace.cpuclocks import CpuClocks
from gilscope.trace.layout import CPU, OPEN, OpenState
from gilscope.trace.readiness import Readiness
from gilscope.trace.trace import BLOCK_ROWS, Trace

if TYPE_CHECKING:
    from collections.abc import Iterator

    import numpy.typing as npt

    from gilscope.trace.holds import HoldBlock
    from gilscope.trace.locks import LockWaits
    from gilscope.trace.strangers import Strangers
    from gilscope.trace.trace import Gil


def cut(trace: Trace, since_ns: int, until_ns: int) -> Trace:
    """Return what happened to one process in [since_ns, until_ns), with times from its beginning.

    What reaches over an edge is cut there; of turns that are summed up, in proportion. A wait that
    ends after the window is one of those who still waited (`open`). What was used of a CPU between
    two looks at it counts evenly. `holds` and `turns` remain those of the whole recording. Of a
    limited trace, the window begins no earlier than the rows that are kept.
    """
    since_ns = min(max(0, since_ns, trace.rows_from_ns()), trace.end_ns)
    return TraceWindow(trace, since_ns, min(max(since_ns, until_ns), trace.end_ns))


def cut_all(trace: Trace, since_ns: int, until_ns: int) -> Trace:
    """Cut all processes of a recording; times count from the beginning of the first of them.

    Those that did not exist in the window are left out, but for the first.
    """
    zero_ns = trace.processes[0].meta.start_monotonic_ns
    windows = []
    for each in trace.processes:
        late_ns = max(0, each.meta.start_monotonic_ns - zero_ns)
        if each.process == 0 or (since_ns < late_ns + each.end_ns and late_ns < until_ns):
            windows.append(cut(each, since_ns - late_ns, until_ns - late_ns))
    for each in windows:
        each.processes = tuple(windows)
    return windows[0]


class TraceWindow(Trace):
    """What `cut` returns."""

    def __init__(self, trace: Trace, since_ns: int, until_ns: int) -> None:
        ends_it = until_ns == trace.end_ns
        meta = replace(
            trace.meta,
            start_unix_ns=trace.meta.start_unix_ns + since_ns if trace.meta.start_unix_ns else 0,
            start_monotonic_ns=trace.meta.start_monotonic_ns + since_ns,
            end_ns=until_ns - since_ns,
            end_reason=trace.meta.end_reason if ends_it else "stopped",
            exit_status=trace.meta.exit_status if ends_it else None,
            cpu_ns=None,
            children_cpu_ns=None,
        )
        source, chunks, logs, warn = trace._parts()  # noqa: SLF001 - it is one
        super().__init__(source, meta, chunks, logs, warn, trace.process)
        self.whole, self.since_ns, self.until_ns = trace, since_ns, until_ns
        self.end_ns = until_ns - since_ns
        self.strangers = _strangers(trace, meta.start_monotonic_ns, self.end_ns)
        self.largest_thread = trace.largest_thread
        self.gils = {gil: _gil(row, since_ns, until_ns) for gil, row in trace.gils.items()}
        self._set_threads(CpuClocks(trace.cpu))
        self.ready = Readiness(trace.ready).within(since_ns, until_ns)
        self.open = self._still_open()
        self.away = away_within(trace.away, since_ns, until_ns)

    def hold_blocks(
        self, gil: int = 0, *, max_rows: int = BLOCK_ROWS, backward: bool = False
    ) -> Iterator[HoldBlock]:
        """Stream the holds of a GIL, cut at the edges."""
        for block in super().hold_blocks(gil, max_rows=max_rows, backward=backward):
            inside = (block.acquire_ns < self.until_ns) & (block.release_ns > self.since_ns)
            if inside.any():
                yield clipped(block.select(inside), self.since_ns, self.until_ns)

    def samples(self) -> npt.NDArray[np.void]:
        """What ran inside holds while others waited, by time."""
        return self._within(self.whole.samples())

    def looks(self) -> npt.NDArray[np.void]:
        """What ran inside holds that lasted, by time."""
        return self._within(self.whole.looks())

    def _within(self, rows: npt.NDArray[np.void]) -> npt.NDArray[np.void]:
        inside = (rows["time_ns"] >= self.since_ns) & (rows["time_ns"] < self.until_ns)
        rows = rows[inside]
        since = np.uint64(self.since_ns)
        rows["time_ns"] -= since
        rows["acquire_ns"] = np.maximum(rows["acquire_ns"], since) - since
        return rows

    def lock_waits(self) -> LockWaits:
        """All waits for locks, cut at the edges; those that end after the window are open."""
        return self.whole.lock_waits().within(self.since_ns, self.until_ns)

    def _set_threads(self, clocks: CpuClocks) -> None:
        since, until = self.since_ns, self.until_ns
        threads, cpu = {}, [np.zeros(0, CPU)]
        for number, thread in self.whole.threads.items():
            if thread.start_ns >= until or thread.end_ns <= since:
                continue
            before, after = map(round, clocks.used_ns(thread, np.array([since, until])).tolist())
            threads[number] = replace(
                thread,
                start_ns=max(0, thread.start_ns - since),
                end_ns=min(thread.end_ns, until) - since,
                ended=thread.ended and thread.end_ns < until,
                cpu_ns=after - before,
            )
            rows = clocks.rows(number)
            rows = rows[(rows["time_ns"] >= since) & (rows["time_ns"] < until)].copy()
            rows["time_ns"] -= np.uint64(since)
            rows["cpu_ns"] = np.clip(rows["cpu_ns"].astype(np.int64) - before, 0, after - before)
            cpu.append(rows)
        self.threads = threads
        self.cpu = np.sort(np.concatenate(cpu), order="time_ns", kind="stable")

    def _still_open(self) -> npt.NDArray[np.void]:
        """Who still waits when the window ends: their waits end later, or with the recording."""
        rows = self.whole.open[self.whole.open["request_ns"] < self.until_ns].copy()
        if self.until_ns < self.whole.end_ns:
            rows["path_id"][rows["state"] == OpenState.HOLDING] = 0
            found = [_waits_over(self.whole, gil, self.until_ns) for gil in self.whole.gils]
            rows = np.concatenate([rows, *found])
        since = np.uint64(self.since_ns)
        for name in ("request_ns", "acquire_ns"):
            rows[name] = np.maximum(rows[name], since) - since
        return rows


def clipped(block: HoldBlock, since_ns: int, until_ns: int) -> HoldBlock:
    """Cut holds that overlap a window at its edges; times count from its beginning."""
    acquire, release = (
        np.clip(times, since_ns, until_ns) for times in (block.acquire_ns, block.release_ns)
    )
    length = block.release_ns - block.acquire_ns
    share = np.where(length > 0, (release - acquire) / np.maximum(1, length), 1.0)
    whole = share == 1
    held = np.where(whole, block.held_ns, np.rint(block.held_ns * share)).astype(np.int64)
    count = np.where(whole, block.count, np.maximum(1, np.rint(block.count * share)))
    return replace(
        block,
        request_ns=np.maximum(block.request_ns, since_ns) - since_ns,
        acquire_ns=acquire - since_ns,
        release_ns=release - since_ns,
        count=count.astype(np.int64),
        held_ns=held,
        longest_ns=np.minimum(block.longest_ns, held),
    )


def _waits_over(trace: Trace, gil: int, time_ns: int) -> npt.NDArray[np.void]:
    """Return the waits of a GIL that were going on at a moment, as rows of `open`."""
    found = []
    for block in trace.hold_blocks(gil):
        over = (block.request_ns < time_ns) & (block.acquire_ns >= time_ns)
        rows = np.zeros(int(over.sum()), OPEN)
        rows["thread"], rows["gil"] = block.thread[over], gil
        rows["state"] = OpenState.WAITING
        rows["request_ns"] = block.request_ns[over]
        found.append(rows)
    all_of_them: npt.NDArray[np.void] = np.concatenate([np.zeros(0, OPEN), *found])
    return all_of_them


def _strangers(trace: Trace, since_ns: int, length_ns: int) -> Strangers:
    """Those that existed meanwhile; their times are those of CLOCK_MONOTONIC."""
    rows = []
    for each in trace.strangers.rows:
        begin, end = max(each.begin_ns, since_ns), min(each.end_ns, since_ns + length_ns)
        if begin <= end:
            share = (end - begin) / max(1, each.end_ns - each.begin_ns)
            rows.append(replace(each, cpu_ns=round(each.cpu_ns * share)))
    return replace(trace.strangers, rows=tuple(rows))


def _gil(row: Gil, since_ns: int, until_ns: int) -> Gil:
    is_gone = row.end_ns is not None and row.end_ns < until_ns
    end_ns = max(0, (row.end_ns or 0) - since_ns) if is_gone else None
    return replace(row, start_ns=max(0, row.start_ns - since_ns), end_ns=end_ns)
