"""Threads that end when the program says so: told to stop, or daemons, which its end ends.

What they do until then is not what the run has to wait for. With the GIL, the one that tells was
kept waiting by them; without it, it would have told them sooner.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from gilscope.analysis.flags import Ends
from gilscope.analysis.groups import name_pattern
from gilscope.analysis.lines import own_code
from gilscope.predict.rows import MARK, POSTS, RELEASE
from gilscope.predict.telling import GOES_ON, LEAST_WAIT

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    from gilscope.analysis.lines import Lines
    from gilscope.analysis.place import Line
    from gilscope.analysis.sourcecode import SourceCode
    from gilscope.predict.recorded import Recorded
    from gilscope.predict.rows import Rows
    from gilscope.trace import HoldBlock, LockWaits, Trace

    Ints = npt.NDArray[np.int64]

MOST_PLACES = 5  # of a thread, where it held the GIL for longest


@dataclass(frozen=True, slots=True)
class MaybeTold:
    """Threads that ended soon after one had wanted to wait for their ends, or had told them to end,
    which had waited for the GIL before.

    Arrays of equal length: thread `thread` ended, `teller` wanted that from `at_ns` on.
    """

    thread: Ints
    teller: Ints
    at_ns: Ints

    def select(self, rows: npt.NDArray[np.bool_]) -> MaybeTold:
        return MaybeTold(self.thread[rows], self.teller[rows], self.at_ns[rows])


def _joined(trace: Trace, recorded: Recorded, joins: LockWaits) -> MaybeTold:
    """Find those that were joined; not those of a kind of which some go on longer."""
    holds = recorded.holds
    wall_ns = _wall_ns(holds)
    joins = joins.select(np.lexsort((joins.begin_ns, joins.thread)))
    began_ns = _row_began_ns(joins, recorded, LEAST_WAIT * wall_ns)
    soon = joins.wake_ns - began_ns <= GOES_ON * wall_ns
    found = soon & _waited_long(recorded, joins.thread)
    ended = set(joins.waker[found].tolist())
    # Of several that were told at once, some have ended when they would be waited for.
    threads, last = _last_rows(holds.thread)
    last_ns = holds.release_ns[last]
    from_ns, to_ns = _span(began_ns[found], joins.wake_ns[found])
    to_ns += round(GOES_ON * wall_ns)
    ended |= set(threads[(last_ns >= from_ns) & (last_ns <= to_ns)].tolist())
    goes_on = {_kind(trace, each) for each in threads.tolist() if each not in ended}
    found &= np.array([_kind(trace, each) not in goes_on for each in joins.waker.tolist()], bool)
    return MaybeTold(joins.waker, joins.thread, began_ns).select(found)


def _span(begins_ns: Ints, ends_ns: Ints) -> tuple[int, int]:
    """Return the first and the last moment; nothing lies between them where there are none."""
    never = np.iinfo(np.int64).max
    return (int(begins_ns.min()), int(ends_ns.max())) if len(begins_ns) else (never, 0)


def _wall_ns(holds: HoldBlock) -> int:
    return int(holds.release_ns.max(initial=0))


def _waited_long(recorded: Recorded, threads: Ints) -> npt.NDArray[np.bool_]:
    """Say of threads whether they waited for the GIL for so long that to wait less matters."""
    holds = recorded.holds
    size = int(max(holds.thread.max(initial=0), threads.max(initial=0))) + 1
    each_ns = holds.acquire_ns - holds.request_ns + recorded.waited_ns
    waited_ns = np.bincount(holds.thread, each_ns, size)
    found: npt.NDArray[np.bool_] = waited_ns[threads] >= LEAST_WAIT * _wall_ns(holds)
    return found


def _kind(trace: Trace, number: int) -> str:
    thread = trace.threads.get(number)
    return name_pattern(thread.name) if thread is not None else str(number)


def _alike(trace: Trace, thread: int, holds: HoldBlock, at_ns: int) -> list[int]:
    """Return the others of its kind that went on at a moment: what it was told, they were, too."""
    going_on = np.unique(holds.thread[holds.release_ns > at_ns]).tolist()
    kind = _kind(trace, thread)
    return [each for each in going_on if each != thread and _kind(trace, each) == kind]


def _row_began_ns(joins: LockWaits, recorded: Recorded, pause_ns: float) -> Ints:
    """Return when the first of the joins began that a thread did one after another.

    What it waited for the GIL between two of them is no pause.
    """
    waited = recorded.waited_for_gil()
    before_ns, next_ns = joins.wake_ns[:-1], joins.begin_ns[1:]
    between_ns = next_ns - before_ns
    for thread in np.unique(joins.thread).tolist():
        waited_ns = waited.between(thread, before_ns, next_ns)
        between_ns = np.where(joins.thread[1:] == thread, between_ns - waited_ns, between_ns)
    follows = (joins.thread[1:] == joins.thread[:-1]) & (between_ns <= pause_ns)
    is_first = np.concatenate([[True], ~follows])[: len(joins)]
    first = np.maximum.accumulate(np.where(is_first, np.arange(len(joins)), 0))
    began_ns: Ints = joins.begin_ns[first]
    return began_ns


def _unjoined(
    trace: Trace, recorded: Recorded, joins: LockWaits, cut_off: Sequence[int]
) -> MaybeTold:
    """Find threads that nobody had to wait for, because they had ended when somebody wanted to.

    Who told them had the GIL just before they had it for the last time.
    """
    holds = recorded.holds
    threads, last = _last_rows(holds.thread)
    begins = np.concatenate([[True], holds.thread[1:] != holds.thread[:-1]])[: len(holds)]
    before = np.maximum.accumulate(np.where(begins, np.arange(len(holds)), 0))[last] - 1
    teller = holds.thread[before]
    found = (before >= 0) & _waited_long(recorded, teller)
    found &= np.array(
        [
            _kind(trace, a) != _kind(trace, b)
            for a, b in zip(threads.tolist(), teller.tolist(), strict=True)
        ],
        bool,
    )
    found &= ~np.isin(threads, joins.waker) & ~np.isin(threads, cut_off)
    return MaybeTold(threads, teller, holds.release_ns[before] - 1).select(found)


def _last_rows(thread: Ints) -> tuple[Ints, Ints]:
    """Return all threads of some holds, and which hold was the last of each."""
    threads, from_end = np.unique(thread[::-1], return_index=True)
    return threads, len(thread) - 1 - from_end


@dataclass(frozen=True, slots=True)
class Stops:
    """Which event stops a thread, by its number; who is a daemon, and who may have been told to.

    `is_open`: of some other thread its source does not say that what it did was not up to others;
    `is_by_clock`: it says of one that it went on until some moment.
    """

    until: dict[int, int]
    daemons: frozenset[int]
    may_be_told: frozenset[int]
    is_open: bool
    is_by_clock: bool


def add_stops(
    rows: Rows, trace: Trace, recorded: Recorded, joins: LockWaits, known: InLoops
) -> Stops:
    """Add events after which threads have nothing to do any more.

    Of those that may have been told, only where the source says of their loop that they were.
    """
    holds = recorded.holds
    main, end_ns = _end_of_main(trace, holds)
    cut_off = that_went_on(trace, holds)
    daemons = [each for each in cut_off if main and each != main]
    until: dict[int, int] = {}
    if trace.meta.end_reason == "exit" and daemons:
        until = dict.fromkeys(daemons, _add_event(rows, main, end_ns, MARK))
    ended_by_main = frozenset(until)
    told = _joined(trace, recorded, joins)
    for each in (told, _unjoined(trace, recorded, joins, cut_off)):
        columns = each.thread.tolist(), each.teller.tolist(), each.at_ns.tolist()
        for thread, teller, at_ns in zip(*columns, strict=True):
            if thread in until or known.ends_of(thread) is not Ends.TOLD:
                continue
            alike = _alike(trace, thread, holds, at_ns)
            told_now = [o for o in alike if o not in until and known.ends_of(o) is Ends.TOLD]
            event = _add_event(rows, teller, at_ns, RELEASE)
            until |= dict.fromkeys([thread, *told_now], event)
    may_be_told = frozenset([*told.thread.tolist(), *until])
    others = known.that_held(LEAST_WAIT * _wall_ns(holds)).difference(until)
    ends = {known.ends_of(thread) for thread in others}
    is_open = not ends <= {Ends.ITSELF}
    return Stops(until, ended_by_main, may_be_told, is_open, Ends.CLOCK in ends)


def _end_of_main(trace: Trace, holds: HoldBlock) -> tuple[int, int]:
    """Return the main thread, and when it let go of the GIL for the last time; 0: not known."""
    main = next((each.thread for each in trace.threads.values() if each.main), 0)
    released_ns = holds.release_ns[holds.thread == main]
    return (main, int(released_ns.max())) if len(released_ns) else (0, 0)


def that_went_on(trace: Trace, holds: HoldBlock) -> list[int]:
    """Return the threads that did not end by themselves.

    Until 3.13 a daemon that wants the GIL while the interpreter ends is ended by it, in the midst
    of what it did, though it may have the GIL for a moment once the main thread is done; who ends
    by itself has no frame any more.
    """
    _, end_ns = _end_of_main(trace, holds)
    found = {each.thread for each in trace.threads.values() if not each.ended}
    until = int(np.searchsorted(holds.acquire_ns, end_ns)) if end_ns else len(holds)
    threads, last = _last_rows(holds.thread[:until])
    path = trace.sites(0).paths_of(holds.site[last])
    return sorted(found.union(threads[path > 0].tolist()))


def _add_event(rows: Rows, thread: int, at_ns: int, order: int) -> int:
    event = rows.new_events(1)
    rows.add(np.array([thread]), np.array([at_ns]), order, POSTS, event)
    return int(event[0])


class InLoops:
    """Says of threads what the source says of their loops; asked twice, it looks once."""

    def __init__(self, trace: Trace, recorded: Recorded, lines: Lines, code: SourceCode) -> None:
        self._paths = trace.paths(0)
        self._is_own = own_code(self._paths)
        self._lines, self._code = lines, code
        holds, path = recorded.holds, trace.sites(0).paths_of(recorded.of_site)
        self._keys, inverse = np.unique(holds.thread << 32 | path, return_inverse=True)
        self._held_ns = np.bincount(inverse, holds.held_ns)
        self._ends: dict[int, Ends] = {}

    def ends_of(self, thread: int) -> Ends:
        """Say why it did not go on where it let go of the GIL after having had it for long."""
        if thread not in self._ends:
            ends = {self._code.ends_of(line) for line in self._lines_of(thread)}
            ranked = (Ends.TOLD, Ends.CLOCK, Ends.UNKNOWN)
            self._ends[thread] = next((each for each in ranked if each in ends), Ends.ITSELF)
        return self._ends[thread]

    def that_held(self, least_ns: float) -> set[int]:
        threads, index = np.unique(self._keys >> 32, return_inverse=True)
        held_ns = np.bincount(index, self._held_ns, len(threads))
        return set(threads[held_ns >= least_ns].tolist())

    def _lines_of(self, thread: int) -> set[Line]:
        """Return the lines of the user's own that it was at, or beneath, most of the time."""
        low, high = np.searchsorted(self._keys, [thread << 32, (thread + 1) << 32])
        longest = low + np.argsort(-self._held_ns[low:high], kind="stable")[:MOST_PLACES]
        paths = (each & 0xFFFFFFFF for each in self._keys[longest].tolist())
        own = {each for path in paths for each in self._paths.ids(path) if self._is_own[each]}
        return {self._lines[self._lines.number(0, each)] for each in own}
