"""Rebuild the programs of threads from a recording: from holds, waits for locks, and starts.

Each thread's life is cut where its state changes. It holds the GIL, or is off it; while it waits
for the GIL, or for another thread's post, it does nothing of its own, and that time is left out:
how long it takes is what a replay finds out. What it does for others (a post, a start) and what
others do for it are events between these stretches.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np

from gilscope.analysis.lines import Lines
from gilscope.analysis.sourcecode import SourceCode
from gilscope.predict.edges import add_joins, add_starts, add_waits, are_for_locks
from gilscope.predict.ended import add_found_ended
from gilscope.predict.eventloops import LoopCalls, add_loop_calls, copied_results
from gilscope.predict.found import Streams, add_found
from gilscope.predict.merged import Steps, of_merged
from gilscope.predict.messages import add_messages
from gilscope.predict.programs import AWAIT, BLOCK, COMPUTE, HOLD, POST, STALL, Programs
from gilscope.predict.recorded import Recorded, every_hold
from gilscope.predict.roles import starters
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
from gilscope.predict.told import InLoops, add_stops, that_went_on

if TYPE_CHECKING:
    import numpy.typing as npt

    from gilscope.predict.told import Stops
    from gilscope.trace import LockWaits, Trace

    Ints = npt.NDArray[np.int64]

_KIND_OF_STATE = np.array([HOLD, STALL, BLOCK], np.uint8)


@dataclass(frozen=True, slots=True)
class Lives:
    """Programs, and whose they are: `threads[i]` (int64) is the number of program i's thread."""

    programs: Programs
    threads: Ints
    recorded_end_ns: Ints  # when each had done its last step in the recording
    firm: npt.NDArray[np.bool_]  # of the events, those that are starts and ends of threads
    others_ns: Ints  # by step: for how long of it another thread had the GIL; 0 but for BLOCK
    begin_ns: Ints  # by step: when, in the recording
    hold: Ints  # by step: which row of the holds it is of; -1 but for HOLD and STALL
    recorded: Recorded
    waits: LockWaits  # those of the first events, in their order; the others are starts
    for_locks: npt.NDArray[np.bool_]  # which of `waits` are for what others had
    may_be_told: npt.NDArray[np.bool_]  # by program: it may have worked until told to stop
    streams: Streams = field(default_factory=Streams.none)
    is_open: bool = False  # others may have been told something, as far as their source says
    is_by_clock: bool = False  # one went on until some moment

    @property
    def end_ns(self) -> int:
        """When the last of them was done in the recording, but for daemons."""
        daemon = self.programs.is_daemon
        ends = self.recorded_end_ns if daemon is None else self.recorded_end_ns[~daemon]
        return int(ends.max(initial=0))


def rebuild(trace: Trace, *, likely: bool = True, recorded: Recorded | None = None) -> Lives:
    """Return what the threads of a trace did under its GIL, as `recorded` has it, if given.

    `likely`: they wait for what they found done, too, as far as is likely: for the ends of threads
    (`edges.add_joins`, `ended`), and for what others wrote (`messages`).
    """
    recorded = every_hold(trace, 0) if recorded is None else recorded
    holds, waits, rows = recorded.holds, recorded.waits, Rows()
    _add_holds(rows, recorded, recorded.forced(trace, 0))
    lines = Lines(trace)
    code = SourceCode(trace, lines)
    known, joins = add_waits(rows, trace, waits)
    guarded = trace.guarded()
    streams = Streams.none()
    if likely and len(guarded):
        found, streams = add_found(rows, trace, guarded, waits, code)
        known = known.followed_by(found)
        joins = np.concatenate([joins, np.zeros(len(known) - len(joins), np.bool_)])
    started = add_starts(rows, trace, holds, waits, starters(trace, guarded))
    firm = np.ones(rows.events, np.bool_)
    firm[: len(joins)] = joins
    went_on = that_went_on(trace, holds)
    for starter, children in started.items():
        started[starter] = [each for each in children if each.thread not in went_on]
    if likely:
        joined = add_joins(rows, holds, known.select(joins), started)
        add_found_ended(rows, trace, holds, known.select(joins), started, joined)
    loops = InLoops(trace, recorded, lines, code)
    stops = add_stops(rows, trace, recorded, known.select(joins), loops)
    calls = add_loop_calls(rows, trace, holds, guarded) if likely else LoopCalls.none()
    if len(calls.events):
        results = copied_results(trace, known) if len(streams.takes) else calls.events[:0]
        streams = streams.with_one(calls.events, gone=results)
    add_messages(rows, trace, holds, waits, code, likely=likely, known=calls)
    firm = np.concatenate([firm, np.zeros(rows.events - len(firm), np.bool_)])
    lives = replace(_lives(rows, trace, recorded, known, firm), streams=streams)
    return _stopped(lives, stops)


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


def _add_holds(rows: Rows, recorded: Recorded, forced: npt.NDArray[np.bool_]) -> None:
    holds = recorded.holds
    rows.add(holds.thread, holds.request_ns, REQUEST, IDLE)
    rows.add(holds.thread, holds.acquire_ns, ACQUIRE, np.where(recorded.stalls, STALLING, HOLDING))
    rows.add(holds.thread, holds.release_ns, RELEASE, np.where(forced, IDLE, OFF))
    # Holds that have one row: when each was is not known, or left out, but how long they were.
    many = np.flatnonzero(holds.held_ns < holds.release_ns - holds.acquire_ns)
    let_go_ns = holds.acquire_ns[many] + holds.held_ns[many]
    rows.add(holds.thread[many], let_go_ns, RELEASE, OFF)
    waited = np.flatnonzero(recorded.waited_ns)
    wants_ns = holds.release_ns[waited] - recorded.waited_ns[waited]
    rows.add(holds.thread[waited], wants_ns, REQUEST, IDLE)


# --- from rows to steps ---------------------------------------------------------------------------


def _lives(
    rows: Rows, trace: Trace, recorded: Recorded, waits: LockWaits, firm: npt.NDArray[np.bool_]
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
    turn = np.searchsorted(recorded.holds.acquire_ns, time, side="right").astype(np.uint32)
    if recorded.is_condensed:
        value, with_gil_ns = of_merged(recorded, numbers[whose], steps, time, turn)
        steps = replace(steps, value=value, with_gil_ns=with_gil_ns)
    steps, whose = _with_computing(steps, whose, _computing(trace, numbers, steps, whose))
    first = np.searchsorted(whose, np.arange(len(numbers) + 1))
    begin_ns, turn = time[steps.row], turn[steps.row]
    others_ns = np.where(steps.kind == BLOCK, recorded.held_within(begin_ns, steps.value), 0)
    hold = np.where(np.isin(steps.kind, (HOLD, STALL)), turn.astype(np.int64) - 1, -1)
    programs = Programs(first, steps.kind, steps.value, turn, rows.events, steps.with_gil_ns)
    return Lives(
        programs,
        numbers,
        time[last],
        firm,
        others_ns,
        begin_ns,
        hold,
        recorded,
        waits,
        are_for_locks(trace, waits),
        np.zeros(len(numbers), np.bool_),
    )


def _states(thread: Ints, what: Ints, is_event: npt.NDArray[np.bool_]) -> Ints:
    """Return the state that follows each row: events leave it as it was."""
    position = np.arange(len(thread))
    set_at = np.maximum.accumulate(np.where(is_event, -1, position))
    same = (set_at >= 0) & (thread[np.maximum(set_at, 0)] == thread)
    return np.where(same, what[np.maximum(set_at, 0)], IDLE)


def _interleaved(
    what: Ints, event: Ints, state: Ints, length: Ints, is_event: npt.NDArray[np.bool_]
) -> Steps:
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
    return Steps(kind, value, np.repeat(np.arange(len(what)), count))


def _computing(trace: Trace, numbers: Ints, steps: Steps, whose: Ints) -> npt.NDArray[np.float64]:
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


def _with_computing(steps: Steps, whose: Ints, part: npt.NDArray[np.float64]) -> tuple[Steps, Ints]:
    """Divide the time off the GIL into what was computed and what was not."""
    computed = np.where(steps.kind == BLOCK, steps.value * part[whose], 0).astype(np.int64)
    twice = computed > 0
    row = np.repeat(np.arange(len(whose)), 1 + twice)
    first_of_two = np.flatnonzero(np.concatenate([[False], row[1:] == row[:-1]])) - 1
    kind, value = steps.kind[row], (steps.value - computed)[row]
    kind[first_of_two] = COMPUTE
    value[first_of_two] = computed[twice]
    with_gil_ns = steps.with_gil_ns
    if with_gil_ns is not None:
        with_gil_ns = np.maximum(with_gil_ns[row], -value)
        with_gil_ns[first_of_two] = 0
    return Steps(kind, value, steps.row[row], with_gil_ns), whose[row]
