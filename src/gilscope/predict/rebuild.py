"""Rebuild the programs of threads from a recording: from holds, waits for locks, and starts.

Each thread's life is cut where its state changes. It holds the GIL, or is off it; while it waits
for the GIL, or for another thread's post, it does nothing of its own, and that time is left out:
how long it takes is what a replay finds out. What it does for others (a post, a start) and what
others do for it are events between these stretches.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from gilscope.analysis.lines import Lines
from gilscope.analysis.sourcecode import SourceCode
from gilscope.predict.edges import add_joins, add_starts, add_waits, are_for_locks
from gilscope.predict.messages import add_messages
from gilscope.predict.programs import AWAIT, BLOCK, COMPUTE, HOLD, POST, STALL, Programs
from gilscope.predict.rows import (
    ACQUIRE,
    HOLDING,
    IDLE,
    OFF,
    POSTS,
    RELEASE,
    REQUEST,
    STALLING,
    Rows,
)
from gilscope.predict.told import InLoops, add_stops
from gilscope.trace import HoldBlock, SiteFlags

if TYPE_CHECKING:
    import numpy.typing as npt

    from gilscope.predict.told import Stops
    from gilscope.trace import LockWaits, Trace

    Ints = npt.NDArray[np.int64]

_KIND_OF_STATE = np.array([HOLD, STALL, BLOCK], np.uint8)
# A hold that goes on for so many switch intervals while another thread waits could not let go.
PATIENCE = 1.1


@dataclass(frozen=True, slots=True)
class Lives:
    """Programs, and whose they are: `threads[i]` (int64) is the number of program i's thread."""

    programs: Programs
    threads: Ints
    recorded_end_ns: Ints  # when each had done its last step in the recording
    firm: npt.NDArray[np.bool_]  # of the events, those that are starts and ends of threads
    others_ns: Ints  # by step: for how long of it another thread had the GIL; 0 but for BLOCK
    begin_ns: Ints  # by step: when, in the recording
    hold: Ints  # by step: which of the holds it is of; -1 but for HOLD and STALL
    holds: HoldBlock
    waits: LockWaits  # those of the first events, in their order; the others are starts
    for_locks: npt.NDArray[np.bool_]  # which of `waits` are for what others had
    handover_ns: int  # the median time from a release to the acquire of a thread that waited
    may_be_told: npt.NDArray[np.bool_]  # by program: it may have worked until told to stop
    is_open: bool = False  # others may have been told something, as far as their source says
    is_by_clock: bool = False  # one went on until some moment

    @property
    def end_ns(self) -> int:
        """When the last of them was done in the recording, but for daemons."""
        daemon = self.programs.is_daemon
        ends = self.recorded_end_ns if daemon is None else self.recorded_end_ns[~daemon]
        return int(ends.max(initial=0))


def rebuild(trace: Trace, gil: int = 0, *, siblings: bool = True) -> Lives:
    """Return what the threads of a trace did under one of its GILs.

    `siblings`: who waited for the end of one thread waits for those like it (`edges.add_joins`).
    """
    blocks = list(trace.hold_blocks(gil))
    holds = _joined(blocks)
    rows = Rows()
    stalls = _stalls(holds, round(PATIENCE * trace.meta.switch_interval_ns))
    _add_holds(rows, holds, _forced(trace, holds, gil), stalls)
    waits = trace.lock_waits()
    known, joins = add_waits(rows, trace, waits)
    started = add_starts(rows, trace, holds, waits)
    firm = np.ones(rows.events, np.bool_)
    firm[: len(joins)] = joins
    if siblings:
        add_joins(rows, holds, known.select(joins), started)
    lines = Lines(trace)
    code = SourceCode(trace, lines)
    stops = add_stops(rows, trace, holds, known.select(joins), InLoops(trace, holds, lines, code))
    add_messages(rows, trace, holds, waits, code, gil)
    firm = np.concatenate([firm, np.zeros(rows.events - len(firm), np.bool_)])
    return _stopped(_lives(rows, trace, holds, known, firm), stops)


def _stopped(lives: Lives, stops: Stops) -> Lives:
    threads = lives.threads.tolist()
    programs = replace(
        lives.programs,
        until=np.array([stops.until.get(each, -1) for each in threads], np.int64),
        is_daemon=np.array([each in stops.daemons for each in threads], np.bool_),
    )
    may_be_told = np.array([each in stops.may_be_told for each in threads], np.bool_)
    return replace(
        lives,
        programs=programs,
        may_be_told=may_be_told,
        is_open=stops.is_open,
        is_by_clock=stops.is_by_clock,
    )


def _joined(blocks: list[HoldBlock]) -> HoldBlock:
    empty = np.empty(0, np.int64)
    names = HoldBlock.__slots__
    columns = (np.concatenate([empty, *(getattr(each, name) for each in blocks)]) for name in names)
    return HoldBlock(*columns)


def _forced(trace: Trace, holds: HoldBlock, gil: int) -> npt.NDArray[np.bool_]:
    sites = trace.sites(gil)
    forced: npt.NDArray[np.bool_] = (sites.flags[sites.known(holds.site)] & SiteFlags.FORCED) != 0
    return forced


def _stalls(holds: HoldBlock, interval_ns: int) -> npt.NDArray[np.bool_]:
    """Which holds went on for an interval while another thread waited."""
    acquire, release, size = holds.acquire_ns, holds.release_ns, len(holds)
    waited = np.flatnonzero(holds.request_ns < acquire)
    request = holds.request_ns[waited]
    hold = np.searchsorted(acquire, request, side="right") - 1
    inside = (hold >= 0) & (request < release[hold])
    since = np.full(size, np.iinfo(np.int64).max)
    np.minimum.at(since, hold[inside], request[inside])
    # Who waits from a hold before this one until a hold after it has waited all through it.
    change = np.bincount(hold + 1, minlength=size + 1) - np.bincount(waited, minlength=size + 1)
    all_through = np.cumsum(change)[:size] > 0
    since = np.where(all_through, acquire, since)
    stalls: npt.NDArray[np.bool_] = release - np.minimum(since, release) > interval_ns
    return stalls


def _add_holds(
    rows: Rows, holds: HoldBlock, forced: npt.NDArray[np.bool_], stalls: npt.NDArray[np.bool_]
) -> None:
    rows.add(holds.thread, holds.request_ns, REQUEST, IDLE)
    rows.add(holds.thread, holds.acquire_ns, ACQUIRE, np.where(stalls, STALLING, HOLDING))
    rows.add(holds.thread, holds.release_ns, RELEASE, np.where(forced, IDLE, OFF))
    # Turns that have one row: when each was is not known, only how long they were together.
    many = np.flatnonzero(holds.held_ns < holds.release_ns - holds.acquire_ns)
    let_go_ns = holds.acquire_ns[many] + holds.held_ns[many]
    rows.add(holds.thread[many], let_go_ns, RELEASE, OFF)


# --- from rows to steps ---------------------------------------------------------------------------


def _lives(
    rows: Rows, trace: Trace, holds: HoldBlock, waits: LockWaits, firm: npt.NDArray[np.bool_]
) -> Lives:
    thread, time, what, event = rows.sorted()
    is_event = what >= POSTS
    state = _states(thread, what, is_event)
    last = np.concatenate([thread[1:] != thread[:-1], [True]]) if len(thread) else thread > 0
    length = np.zeros(len(thread), np.int64)
    length[:-1] = np.where(last[:-1], 0, time[1:] - time[:-1])
    numbers, index = np.unique(thread, return_inverse=True)
    steps = _interleaved(what, event, state, length, is_event)
    whose = index[steps.row]
    turn = np.searchsorted(holds.acquire_ns, time, side="right").astype(np.uint32)
    steps, whose = _with_computing(steps, whose, _computing(trace, numbers, steps, whose))
    first = np.searchsorted(whose, np.arange(len(numbers) + 1))
    programs = Programs(first, steps.kind, steps.value, turn[steps.row], rows.events)
    begin_ns = time[steps.row]
    others_ns = np.where(steps.kind == BLOCK, _held_within(holds, begin_ns, steps.value), 0)
    hold = np.where(np.isin(steps.kind, (HOLD, STALL)), programs.turn.astype(np.int64) - 1, -1)
    return Lives(
        programs,
        numbers,
        time[last],
        firm,
        others_ns,
        begin_ns,
        hold,
        holds,
        waits,
        are_for_locks(trace, waits),
        _handover_ns(holds),
        np.zeros(len(numbers), np.bool_),
    )


def _states(thread: Ints, what: Ints, is_event: npt.NDArray[np.bool_]) -> Ints:
    """Return the state that follows each row: events leave it as it was."""
    position = np.arange(len(thread))
    set_at = np.maximum.accumulate(np.where(is_event, -1, position))
    same = (set_at >= 0) & (thread[np.maximum(set_at, 0)] == thread)
    return np.where(same, what[np.maximum(set_at, 0)], IDLE)


@dataclass(frozen=True, slots=True)
class _Steps:
    kind: npt.NDArray[np.uint8]
    value: Ints
    row: Ints  # which row each step comes from


def _interleaved(
    what: Ints, event: Ints, state: Ints, length: Ints, is_event: npt.NDArray[np.bool_]
) -> _Steps:
    """Each row is an event, if it is one, and then what its state does until the next row."""
    has_gil = (state == HOLDING) | (state == STALLING)
    lasts = has_gil & (length > 0) | (state == OFF) & ((length > 0) | ~is_event)
    count = is_event.astype(np.int64) + lasts
    before = np.concatenate([[0], np.cumsum(count)])
    kind, value = np.empty(before[-1], np.uint8), np.empty(before[-1], np.int64)
    at = before[:-1]
    kind[at[is_event]] = np.where(what[is_event] == POSTS, POST, AWAIT)
    value[at[is_event]] = event[is_event]
    at = (at + is_event)[lasts]
    kind[at] = _KIND_OF_STATE[state[lasts]]
    value[at] = length[lasts]
    return _Steps(kind, value, np.repeat(np.arange(len(what)), count))


def _computing(trace: Trace, numbers: Ints, steps: _Steps, whose: Ints) -> npt.NDArray[np.float64]:
    """Return which part of its time off the GIL each thread computed, at the least.

    Its CPU time beyond that of its holds, as if it had computed all through them.
    """
    size = len(numbers)
    held, off = (
        np.bincount(whose, np.where(np.isin(steps.kind, kinds), steps.value, 0), size)
        for kinds in ((HOLD, STALL), (BLOCK,))
    )
    cpu = np.array([trace.threads[n].cpu_ns if n in trace.threads else 0 for n in numbers.tolist()])
    part: npt.NDArray[np.float64] = np.clip((cpu - held) / np.maximum(1, off), 0, 1)
    return part


def _with_computing(
    steps: _Steps, whose: Ints, part: npt.NDArray[np.float64]
) -> tuple[_Steps, Ints]:
    """Divide the time off the GIL into what was computed and what was not."""
    computed = np.where(steps.kind == BLOCK, steps.value * part[whose], 0).astype(np.int64)
    twice = computed > 0
    row = np.repeat(np.arange(len(whose)), 1 + twice)
    first_of_two = np.flatnonzero(np.concatenate([[False], row[1:] == row[:-1]])) - 1
    kind, value = steps.kind[row], (steps.value - computed)[row]
    kind[first_of_two] = COMPUTE
    value[first_of_two] = computed[twice]
    return _Steps(kind, value, steps.row[row]), whose[row]


def _held_within(holds: HoldBlock, begin_ns: Ints, length_ns: Ints) -> Ints:
    """Return for how long somebody had the GIL in each of some stretches of time."""
    edges = np.stack([holds.acquire_ns, holds.release_ns], axis=1).ravel()
    held = np.repeat(np.concatenate([[0], np.cumsum(holds.held_ns)]), 2)[1:-1]
    until, before = (np.interp(at, edges, held) for at in (begin_ns + length_ns, begin_ns))
    within: Ints = (until - before).astype(np.int64)
    return within


def _handover_ns(holds: HoldBlock) -> int:
    waited = np.flatnonzero(holds.request_ns[1:] < holds.release_ns[:-1])
    if not len(waited):
        return 0
    return int(np.median(holds.acquire_ns[1:][waited] - holds.release_ns[:-1][waited]))
