"""Calls that threads hand to an event loop, and in which of its turns it deals with them.

`call_soon_threadsafe` appends a call to what the loop has to do, and writes a byte, for which the
thread lets go of the GIL; so the trace knows when. The loop lets go of it once in each turn, to ask
its selector, and then does what it has to do. So a call is dealt with in the first turn that begins
after it, whether the loop was blocked before that turn or not. A loop that asks for a result which
is there already is not called; without the GIL it would be, when the result comes. Without the GIL
calls come in another order: the loop does next what the call that comes next asks for.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from gilscope.analysis.purpose import is_in
from gilscope.predict.roles import FAR, through
from gilscope.predict.rows import AWAITS, BLOCKS, GOES_ON, IDLE, MARK, OFF, POSTS
from gilscope.trace import SiteFlags

if TYPE_CHECKING:
    import numpy.typing as npt

    from gilscope.predict.rows import Rows
    from gilscope.trace import Guarded, HoldBlock, LockWaits, SiteTable, Trace

    Ints = npt.NDArray[np.int64]
    Mask = npt.NDArray[np.bool_]

_TOLD = {("asyncio/selector_events.py", "BaseSelectorEventLoop._write_to_self")}
_HEARS = {("asyncio/selector_events.py", "BaseSelectorEventLoop._read_from_self")}
_ADDS = {("futures/_base.py", "Future.add_done_callback")}
_GIVES = {("futures/_base.py", "Future.set_result"), ("futures/_base.py", "Future.set_exception")}
_RESULT_COMES = {("asyncio/futures.py", "_chain_future.<locals>._call_set_state")}
_COPIES = {("asyncio/futures.py", "_copy_future_state")}
BLOCKED_NS = 1_000_000  # by its selector, and not only waiting for the GIL
_SELECTORS = "selectors.py"
_SELECT = "select"


@dataclass(frozen=True, slots=True)
class LoopCalls:
    """Calls that a loop was told of, and the turns in which it deals with them; int64.

    `events`: of each call. `told`: the holds that end in telling. `turns`: the holds after which
    the loop asked its selector, of turns that deal with a call.
    """

    events: Ints
    told: Ints
    turns: Ints

    @classmethod
    def none(cls) -> LoopCalls:
        nothing = np.empty(0, np.int64)
        return cls(nothing, nothing, nothing)


def add_loop_calls(rows: Rows, trace: Trace, holds: HoldBlock, entries: Guarded) -> LoopCalls:
    """Let the loop of a program wait for the calls that it dealt with.

    Of several loops nothing says to which one a call was handed: then none is added.
    """
    site = trace.sites(0).known(holds.site)
    tells, hears, selects = _sites(trace, trace.sites(0))
    loops = np.unique(holds.thread[np.isin(site, hears)])
    if len(loops) != 1:
        return LoopCalls.none()
    told = np.flatnonzero(np.isin(site, tells))
    mine = np.flatnonzero(holds.thread == loops[0])
    mine = mine[np.argsort(holds.acquire_ns[mine], kind="stable")]
    asked = np.flatnonzero(np.isin(site[mine[:-1]], selects))
    found, submits_ns = _found(trace, entries, int(loops[0]))
    turns = _Turns(holds, mine[asked], mine[asked + 1], submits_ns)
    others = told[holds.thread[told] != loops[0]]
    of_result = through(trace.paths(0), trace.sites(0).path[site[others]], _RESULT_COMES, FAR)
    # Where only the innermost frame is known, it is what nearly all calls are for.
    of_result |= (trace.sites(0).flags[site[others]] & SiteFlags.LEAF) != 0
    told_ns = holds.release_ns[others]
    events, taken = turns.add(
        rows,
        np.concatenate([holds.thread[others], found.by]),
        np.concatenate([told_ns, found.by_ns]),
        np.concatenate([told_ns, found.at_ns]),
        np.concatenate([of_result, turns.are_to_be_heard(found.at_ns)]),
    )
    return LoopCalls(events, told, taken)


@dataclass(frozen=True, slots=True)
class _Found:
    """Results that a loop found: who had given each, when, and when it found it (int64)."""

    by: Ints
    by_ns: Ints
    at_ns: Ints


def copied_results(trace: Trace, known: LockWaits) -> Ints:
    """Return which of the events are results that a loop was called for, or would have been."""
    of_locks: Ints = np.flatnonzero(known.table == 0)
    return of_locks[through(trace.paths(0), known.path[of_locks], _COPIES)]


@dataclass(frozen=True, slots=True)
class _Turns:
    """The turns of a loop: holds after which it asked its selector, and the next ones (int64).

    `submits_ns`: when a coroutine began to wait for something that is done elsewhere.
    """

    holds: HoldBlock
    before: Ints
    after: Ints
    submits_ns: Ints

    def add(
        self, rows: Rows, by: Ints, by_ns: Ints, from_ns: Ints, of_result: Mask
    ) -> tuple[Ints, Ints]:
        """Let the loop wait for what others did in the first turn that begins after `from_ns`.

        Return their events, and the holds after which it waits. Of a result the coroutine hears one
        turn later (`of_result`), and those that have heard go on one after another: so none of
        them waits for the results of those behind it.
        """
        turn = np.searchsorted(self.holds.acquire_ns[self.after], from_ns)
        kept = np.flatnonzero(turn < len(self.after))
        kept = kept[np.lexsort((by_ns[kept], turn[kept]))]
        turn, by, by_ns, of_result = turn[kept], by[kept], by_ns[kept], of_result[kept]
        before, after = self.before[turn], self.after[turn]
        asked_ns = self.holds.release_ns[before]
        place = np.arange(len(turn)) - np.searchsorted(turn, turn)  # in its turn
        is_first = (place == 0) & (self.holds.request_ns[after] >= by_ns) & (by_ns > asked_ns)
        wake_ns = np.clip(by_ns, asked_ns, np.maximum(asked_ns, self.holds.request_ns[after]))
        begin_ns = self.holds.acquire_ns[after]
        at_ns = wake_ns.copy()
        at_ns[of_result] = self._heard_ns(begin_ns[of_result])
        at_ns[is_first] = wake_ns[is_first]
        event, loop = rows.new_events(len(turn)), self.holds.thread[before]
        rows.add(loop[is_first], asked_ns[is_first], BLOCKS, IDLE)
        rows.add(loop, at_ns, GOES_ON, AWAITS, event)
        rows.add(loop[is_first], wake_ns[is_first], GOES_ON, OFF)
        rows.add(by, by_ns, MARK, POSTS, event)
        return event, before[is_first]

    def are_to_be_heard(self, found_ns: Ints) -> Mask:
        """Say of what the loop found whether nobody has gone on in that turn because of it."""
        asked_ns = np.append(self.holds.release_ns[self.before], np.iinfo(np.int64).max)
        until_ns = asked_ns[np.searchsorted(asked_ns[:-1], found_ns)]
        submits = np.searchsorted(self.submits_ns, [found_ns, until_ns], side="right")
        heard: Mask = submits[0] == submits[1]
        return heard

    def _heard_ns(self, told_ns: Ints) -> Ints:
        """Return when the coroutine of each call went on.

        One goes on for each call, in their order, until it waits for something else; when the loop
        is blocked, all have.
        """
        asked_ns = self.holds.release_ns[self.before]
        blocked = self.holds.request_ns[self.after] - asked_ns >= BLOCKED_NS
        moments = np.concatenate([asked_ns[blocked], told_ns, self.submits_ns])
        order = np.repeat([0, 1, 2], [int(blocked.sum()), len(told_ns), len(self.submits_ns)])
        heard_ns = told_ns.copy()
        left: deque[int] = deque()
        since_ns, call = 0, 0
        for place in np.lexsort((order, moments)).tolist():
            at_ns, what = int(moments[place]), order[place]
            if what == 1:
                left.append(call)
                call += 1
                continue
            for each in [left.popleft() for _ in range(min(len(left), 1 if what else len(left)))]:
                heard_ns[each] = max(since_ns, int(told_ns[each]))
            since_ns = at_ns + 1 if what else since_ns
        for each in left:
            heard_ns[each] = max(since_ns, int(told_ns[each]))
        return heard_ns


def _found(trace: Trace, entries: Guarded, loop: int) -> tuple[_Found, Ints]:
    """Return results that the loop found, and when it added a callback to any future.

    To that of a result which is there, too, and it is called at once: nobody gives a result between
    that and its next look at the future.
    """
    paths = trace.paths(0)
    adds, gives, copies = (through(paths, entries.path, each) for each in (_ADDS, _GIVES, _COPIES))
    mine = entries.thread == loop
    adds &= mine
    given: dict[int, int] = {}  # by lock, which entry gave a result
    added: dict[int, tuple[int, int]] = {}
    found = []
    for row in np.flatnonzero(np.where(mine, adds | copies, gives)).tolist():
        lock = int(entries.lock[row])
        if not mine[row]:
            given[lock] = row
            added.pop(lock, None)
        elif adds[row] and lock in given:
            added[lock] = given[lock], row
        elif copies[row]:
            given.pop(lock, None)
            if lock in added:
                found.append(added.pop(lock))
    by, at = np.array(found, np.int64).reshape(-1, 2).T
    results = _Found(entries.thread[by], entries.time_ns[by], entries.time_ns[at])
    return results, entries.time_ns[adds]


def _sites(trace: Trace, sites: SiteTable) -> tuple[Ints, Ints, Ints]:
    """Return the sites at which a loop is told of a call, hears of it, and asks its selector."""
    paths, of_path = trace.paths(0), np.unique(sites.path)
    frames = [paths.frame(each) for each in of_path.tolist()]
    tells, hears = (
        [is_in(each.file, each.function, places) for each in frames] for places in (_TOLD, _HEARS)
    )
    selects = [
        each.file.endswith(_SELECTORS) and each.function.rpartition(".")[2] == _SELECT
        for each in frames
    ]

    def found(which: list[bool]) -> Ints:
        of_sites: Ints = np.flatnonzero(np.isin(sites.path, of_path[np.array(which, np.bool_)]))
        return of_sites

    return found(tells), found(hears), found(selects)
