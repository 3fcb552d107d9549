"""Threads that had ended when another one came to join them: nobody waits then.

With the GIL that happens often: a thread that computes and never lets go has ended by the time its
starter gets on. Without the GIL its starter would wait. Since 3.13 `Thread.join` lets go of the GIL
even then, so the trace knows when a thread joined one that had ended, and not which one: it is
taken for the first of those that it started which had ended, and that it has not joined before. Who
joins some of a kind joins all of them that had ended by then.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from gilscope.analysis.groups import name_pattern
from gilscope.predict.rows import AWAITS, GOES_ON, MARK, POSTS

if TYPE_CHECKING:
    import numpy.typing as npt

    from gilscope.predict.edges import Started
    from gilscope.predict.rows import Rows
    from gilscope.trace import HoldBlock, LockWaits, Trace

    Ints = npt.NDArray[np.int64]


def add_found_ended(
    rows: Rows,
    trace: Trace,
    holds: HoldBlock,
    joins: LockWaits,
    started: dict[int, list[Started]],
    joined: set[tuple[int, int]],
) -> None:
    """Let threads wait for those that they joined; `joined` (waiter, ended) are known to do so."""
    at_join = np.flatnonzero(_lets_go_in_join(trace, holds))
    thread, at_ns = holds.thread[at_join], holds.release_ns[at_join]
    waited = set(zip(joins.thread.tolist(), joins.begin_ns.tolist(), strict=True))
    threads, from_end = np.unique(holds.thread[::-1], return_index=True)
    ends = dict(zip(threads.tolist(), holds.release_ns[::-1][from_end].tolist(), strict=True))
    for starter, children in started.items():
        mine = at_ns[thread == starter].tolist()
        waits = sorted(begin for each, begin in waited if each == starter)
        left = [each for each in children if (starter, each.thread) not in joined]
        kinds: set[str] = set()
        joins_ns = _without(mine, waits)
        for join_ns in joins_ns:
            ended = next((each for each in left if ends.get(each.thread, join_ns) < join_ns), None)
            if ended is not None:
                left.remove(ended)
                kinds.add(name_pattern(ended.name))
                _add(rows, starter, join_ns, ended.thread, ends[ended.thread])
        for each in left:  # a join of one that is done long since does not let go
            had_ended = ends.get(each.thread, joins_ns[-1]) < joins_ns[-1] if joins_ns else False
            if had_ended and name_pattern(each.name) in kinds:
                _add(rows, starter, joins_ns[-1], each.thread, ends[each.thread])


def _add(rows: Rows, starter: int, join_ns: int, ended: int, end_ns: int) -> None:
    event = rows.new_events(1)
    rows.add(np.array([starter]), np.array([join_ns]), GOES_ON, AWAITS, event)
    rows.add(np.array([ended]), np.array([end_ns]), MARK, POSTS, event)


def _lets_go_in_join(trace: Trace, holds: HoldBlock) -> npt.NDArray[np.bool_]:
    joins: npt.NDArray[np.bool_] = np.isin(trace.sites(0).known(holds.site), sites_of_joins(trace))
    return joins


def sites_of_joins(trace: Trace) -> Ints:
    """Return the sites at which threads let go of the GIL to wait for the end of another."""
    paths, sites = trace.paths(0), trace.sites(0)
    found = [
        each
        for each in np.unique(sites.path).tolist()
        if (frame := paths.frame(each)).function == "Thread.join"
        and frame.file.endswith("threading.py")
    ]
    return np.flatnonzero(np.isin(sites.path, found))


def _without(let_go_ns: list[int], waits_ns: list[int]) -> list[int]:
    """Leave out those that let go to wait: their waits begin next."""
    begins = np.array(waits_ns, np.int64)
    found = np.array(let_go_ns, np.int64)
    bounds = np.append(found, np.iinfo(np.int64).max)
    waits = np.searchsorted(begins, bounds[1:]) > np.searchsorted(begins, bounds[:-1])
    left: list[int] = found[~waits].tolist()
    return left
