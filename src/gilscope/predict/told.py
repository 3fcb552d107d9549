"""Threads that end when the program says so: told to stop, or daemons, which its end ends.

What they do until then is not what the run has to wait for. With the GIL, the one that tells was
kept waiting by them; without it, it would have told them sooner.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from gilscope.analysis.asleep import Waited
from gilscope.analysis.groups import name_pattern
from gilscope.analysis.lines import Lines
from gilscope.analysis.sourcecode import SourceCode
from gilscope.predict.rows import MARK, POSTS, RELEASE
from gilscope.predict.telling import GOES_ON, LEAST_WAIT

if TYPE_CHECKING:
    import numpy.typing as npt

    from gilscope.predict.rows import Rows
    from gilscope.trace import HoldBlock, LockWaits, Trace

    Ints = npt.NDArray[np.int64]

MOST_PLACES = 5  # of a thread, where it held the GIL for longest


@dataclass(frozen=True, slots=True)
class MaybeTold:
    """Threads that ended soon after one had begun to wait for their ends, which had waited for the
    GIL before.

    Arrays of equal length: thread `thread` ended, `teller` waited for that from `at_ns` on.
    """

    thread: Ints
    teller: Ints
    at_ns: Ints


def maybe_told(trace: Trace, holds: HoldBlock, joins: LockWaits, wall_ns: int) -> MaybeTold:
    """Find them; those of a kind of which some go on longer are not among them."""
    joins = joins.select(np.lexsort((joins.begin_ns, joins.thread)))
    most = int(max(holds.thread.max(initial=0), joins.thread.max(initial=0)))
    waited_ns = np.bincount(holds.thread, holds.acquire_ns - holds.request_ns, most + 1)
    kept_waiting = waited_ns[joins.thread] >= LEAST_WAIT * wall_ns
    began_ns = _row_began_ns(joins, holds, LEAST_WAIT * wall_ns)
    soon = joins.wake_ns - began_ns <= GOES_ON * wall_ns
    found = kept_waiting & soon
    ended = set(joins.waker[found].tolist())
    goes_on = {_kind(trace, each) for each in np.unique(holds.thread).tolist() if each not in ended}
    found &= np.array([_kind(trace, each) not in goes_on for each in joins.waker.tolist()], bool)
    return MaybeTold(joins.waker[found], joins.thread[found], began_ns[found])


def _kind(trace: Trace, number: int) -> str:
    thread = trace.threads.get(number)
    return name_pattern(thread.name) if thread is not None else str(number)


def _row_began_ns(joins: LockWaits, holds: HoldBlock, pause_ns: float) -> Ints:
    """Return when the first of the joins began that a thread did one after another.

    What it waited for the GIL between two of them is no pause.
    """
    waited = Waited(holds.thread, holds.request_ns, holds.acquire_ns)
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


def add_stops(rows: Rows, trace: Trace, holds: HoldBlock, told: MaybeTold) -> dict[int, int]:
    """Add events after which threads have nothing to do any more; return which, by thread.

    Of those that may have been told, only where the source says of their loop that they were.
    """
    found: dict[int, int] = {}
    known = _InLoops(trace, holds)
    for thread, teller, at_ns in zip(told.thread, told.teller, told.at_ns, strict=True):
        if int(thread) not in found and known.is_until_told(int(thread)):
            found[int(thread)] = _add_event(rows, int(teller), int(at_ns), RELEASE)
    return found


def add_end(rows: Rows, trace: Trace, holds: HoldBlock) -> dict[int, int]:
    """Likewise for daemons, which the end of the main thread ends; return which, by thread."""
    main = next((each.thread for each in trace.threads.values() if each.main), None)
    mine = np.flatnonzero(holds.thread == main)
    daemons = [each for each in _cut_off(trace, holds) if each != main]
    if trace.meta.end_reason != "exit" or not len(mine) or not daemons:
        return {}
    event = _add_event(rows, int(main or 0), int(holds.release_ns[mine].max()), MARK)
    return dict.fromkeys(daemons, event)


def _cut_off(trace: Trace, holds: HoldBlock) -> list[int]:
    """Return the threads that did not end by themselves.

    Until 3.13 a daemon that wants the GIL while the interpreter ends is ended by it, in the midst
    of what it did; who ends by itself has no frame any more.
    """
    found = {each.thread for each in trace.threads.values() if not each.ended}
    threads, before_last = np.unique(holds.thread[::-1], return_index=True)
    site = holds.site[len(holds) - 1 - before_last]
    site_path = trace.sites(0).path
    path = site_path[np.where(site < len(site_path), site, 0)]
    return sorted(found.union(threads[path > 0].tolist()))


def _add_event(rows: Rows, thread: int, at_ns: int, order: int) -> int:
    event = rows.new_events(1)
    rows.add(np.array([thread]), np.array([at_ns]), order, POSTS, event)
    return int(event[0])


class _InLoops:
    """Says of threads what the source says of their loops."""

    def __init__(self, trace: Trace, holds: HoldBlock) -> None:
        self._trace, self._holds = trace, holds
        self._lines = Lines(trace)
        self._code = SourceCode(trace, self._lines)

    def is_until_told(self, thread: int) -> bool:
        """Whether it was in such a loop where it let go of the GIL after having had it for long."""
        holds = self._holds
        mine = holds.thread == thread
        site_path = self._trace.sites(0).path
        path = site_path[np.where(holds.site[mine] < len(site_path), holds.site[mine], 0)]
        held_ns = np.bincount(path, holds.held_ns[mine])
        longest = np.argsort(-held_ns, kind="stable")[:MOST_PLACES]
        return any(self._is_in_loop(each) for each in longest[held_ns[longest] > 0].tolist())

    def _is_in_loop(self, path: int) -> bool:
        paths = self._trace.paths(0)
        lines = {self._lines.number(0, each) for each in paths.ids(path)}
        return any(self._code.is_until_told(self._lines[each]) for each in lines)
