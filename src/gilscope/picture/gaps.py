"""What threads did between a release of the GIL and the next request, as far as that is known."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from gilscope.picture.idle import IdlePaths
from gilscope.picture.spans import NOTHING, STATES, Spans, joined, mixed, spans
from gilscope.picture.states import State
from gilscope.trace import LockFlags, Readiness

if TYPE_CHECKING:
    import numpy.typing as npt

    from gilscope.picture.places import TracePlaces
    from gilscope.trace import LockWaits, Trace

    Ints = npt.NDArray[np.int64]
    Bools = npt.NDArray[np.bool_]

# What is shorter is the error of a sum of such times.
_LEAST_READY_NS = 1000
_STOPS = LockFlags.STOPPED | LockFlags.STOPS


@dataclass(frozen=True, slots=True)
class Gaps:
    """Stretches of threads without the GIL, sorted by thread, then time; int64, ns.

    `place`: where the thread gave it up. `cpu_ns`: what it used of a CPU, NOTHING: not measured.
    `is_idle`: it is blocked there for what it is for.
    """

    thread: Ints
    begin_ns: Ints
    end_ns: Ints
    place: Ints
    handover_ns: Ints
    cpu_ns: Ints
    is_idle: Bools

    def select(self, rows: Ints | npt.NDArray[np.bool_]) -> Gaps:
        return Gaps(
            self.thread[rows],
            self.begin_ns[rows],
            self.end_ns[rows],
            self.place[rows],
            self.handover_ns[rows],
            self.cpu_ns[rows],
            self.is_idle[rows],
        )


class OffStates:
    """Divides gaps: handover first, then waits for locks, and what is known of the rest."""

    def __init__(self, trace: Trace, places: TracePlaces) -> None:
        waits = trace.lock_waits()
        waits = waits.select(np.lexsort((waits.begin_ns, waits.thread)))
        self._waits = waits
        self._place = np.full(len(waits), NOTHING, np.int64)
        for table in np.unique(waits.table).tolist():
            mine = waits.table == table
            self._place[mine] = places.of(table, waits.path[mine])
        self._state = _states(waits, IdlePaths(trace))
        self._readiness = Readiness(trace.ready)
        # So that a thread and a time are one number.
        self._scale = trace.end_ns + 2
        self._is_small = (trace.largest_thread + 2) * self._scale < 2**62
        self._key = waits.thread * self._scale + waits.begin_ns if self._is_small else waits.thread

    def divide(self, gaps: Gaps) -> Spans:
        """Return what the threads did, for all of the time of the gaps."""
        gaps = gaps.select(gaps.end_ns > gaps.begin_ns)
        handover_ns = np.minimum(gaps.handover_ns, gaps.end_ns - gaps.begin_ns)
        parked = np.flatnonzero(handover_ns)
        begin_ns = gaps.begin_ns + handover_ns
        found = [
            spans(
                gaps.thread[parked],
                gaps.begin_ns[parked],
                begin_ns[parked],
                State.HANDOVER,
                place=gaps.place[parked],
            )
        ]
        gap, wait = self._within(gaps, begin_ns)
        found.append(self._blocked(gaps, begin_ns, gap, wait))
        found.append(self._rest(gaps, begin_ns, gap, wait))
        return joined(found)

    def _within(self, gaps: Gaps, begin_ns: Ints) -> tuple[Ints, Ints]:
        """Return which waits for locks lie in which gap, in order."""
        none = np.zeros(0, np.int64)
        if not len(self._waits) or not len(begin_ns) or not self._is_small:
            return none, none
        base = gaps.thread * self._scale
        # What began while the thread was still parked is a wait from then on.
        low = np.searchsorted(self._key, base + gaps.begin_ns, "left")
        high = np.searchsorted(self._key, base + gaps.end_ns, "left")
        counts = high - low
        gap = np.repeat(np.arange(len(counts)), counts)
        wait = np.arange(len(gap)) - np.repeat(np.cumsum(counts) - counts, counts) + low[gap]
        fits = self._waits.end_ns[wait] > begin_ns[gap]
        return gap[fits], wait[fits]

    def _edges(self, gaps: Gaps, begin_ns: Ints, gap: Ints, wait: Ints) -> tuple[Ints, Ints]:
        begin = np.maximum(self._waits.begin_ns[wait], begin_ns[gap])
        return begin, np.minimum(self._waits.end_ns[wait], gaps.end_ns[gap])

    def _blocked(self, gaps: Gaps, begin_ns: Ints, gap: Ints, wait: Ints) -> Spans:
        begin, end = self._edges(gaps, begin_ns, gap, wait)
        waits = self._waits
        by = np.where(waits.waker[wait] > 0, waits.waker[wait], waits.owner[wait])
        return spans(
            gaps.thread[gap],
            begin,
            end,
            self._state[wait],
            place=self._place[wait],
            culprit=np.where((by > 0) & (by != waits.thread[wait]), by, NOTHING),
        )

    def _rest(self, gaps: Gaps, begin_ns: Ints, gap: Ints, wait: Ints) -> Spans:
        """What is left of the gaps between and around waits for locks."""
        begin, end = self._edges(gaps, begin_ns, gap, wait)
        size = len(begin_ns)
        of = np.concatenate([np.arange(size), gap])
        since = np.concatenate([begin_ns, end])
        order = np.lexsort((since, of)) if len(gap) else np.arange(size)
        of, since = of[order], since[order]
        # Each piece ends where the next wait in its gap begins.
        until = gaps.end_ns[of].copy()
        is_last = np.append(of[1:] != of[:-1], True)[: len(of)]
        until[~is_last] = begin
        some = until > since
        of, since, until = of[some], since[some], until[some]
        return self._known(gaps, of, since, until)

    def _known(self, gaps: Gaps, of: Ints, since: Ints, until: Ints) -> Spans:
        """Divide pieces of gaps by what was measured: CPU time, and time without a core."""
        length = until - since
        whole = np.bincount(of, weights=length, minlength=len(gaps.thread))[of]
        cpu = gaps.cpu_ns[of]
        measured = cpu >= 0
        computing = np.where(measured, length * np.minimum(1.0, cpu / np.maximum(1, whole)), 0.0)
        ready = np.minimum(self._ready(gaps.thread[of], since, until), length - computing)
        rest = length - computing - ready
        parts = np.zeros((len(of), STATES))
        parts[:, State.COMPUTING], parts[:, State.READY] = computing, ready
        idle = gaps.is_idle[of]
        parts[:, State.IDLE] = np.where(idle, rest, 0.0)
        parts[:, State.BLOCKED] = np.where(measured & ~idle, rest, 0.0)
        parts[:, State.OFF] = np.where(measured | idle, 0.0, rest)
        return mixed(gaps.thread[of], since, until, parts, place=gaps.place[of])

    def _ready(self, thread: Ints, since: Ints, until: Ints) -> npt.NDArray[np.float64]:
        ready = np.zeros(len(thread))
        for each in np.unique(thread).tolist():
            mine = slice(*np.searchsorted(thread, [each, each + 1]).tolist())
            before = self._readiness.until_ns(each, since[mine])
            after = self._readiness.until_ns(each, until[mine])
            if before is not None and after is not None:
                ready[mine] = after - before
        return np.where(ready >= _LEAST_READY_NS, ready, 0.0)


def _states(waits: LockWaits, idle: IdlePaths) -> Ints:
    """What a thread is in, in each of some waits."""
    state = np.where(idle.of_waits(waits), int(State.IDLE), int(State.LOCK))
    return np.where(waits.flags & _STOPS != 0, int(State.STOPPED), state)
