"""Threads that share their work though no queue shows it: from a list, a deque, or each other's.

Nothing is recorded of that. But their source takes pieces of work out of a container in a loop, and
they end together though they did not do the same: who had own work would have ended when that was
done. Which thread does how much is up to who comes first, with the GIL as without it.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

import numpy as np

from gilscope.analysis.groups import name_pattern
from gilscope.analysis.lines import Lines, own_code
from gilscope.analysis.sourcecode import SourceCode

if TYPE_CHECKING:
    import numpy.typing as npt

    from gilscope.predict.rebuild import Lives
    from gilscope.trace import Trace

    Ints = npt.NDArray[np.int64]

MOSTLY = 0.8  # of how long a thread has the GIL, it is in such a loop
# What is shorter is not dealt out anew, and nobody can say of it that threads ended together.
LEAST_NS = 500_000


def sharers(trace: Trace, lives: Lives, others: set[int]) -> list[Ints]:
    """Return programs that share their work, by kind of thread; `others` are in pools already."""
    kinds: defaultdict[str, list[int]] = defaultdict(list)
    for program, number in enumerate(lives.threads.tolist()):
        thread = trace.threads.get(number)
        if thread is not None and not thread.main and program not in others:
            kinds[name_pattern(thread.name)].append(program)
    holds = lives.recorded.holds
    found: list[Ints] = []
    source = _Source(trace)
    for members in kinds.values():
        mine = [np.flatnonzero(holds.thread == lives.threads[each]) for each in members]
        if (
            len(members) > 1
            and _ended_together(lives, mine)
            and all(map(source, _sites(lives, mine)))
        ):
            found.append(np.array(members, np.int64))
    return found


def _ended_together(lives: Lives, mine: list[Ints]) -> bool:
    """Whether all ended while each of them could do one piece more, at most.

    Who has done its last piece ends when it has the GIL again: others may do some until then.
    """
    holds = lives.recorded.holds
    if not all(len(rows) and holds.held_ns[rows].max() >= LEAST_NS for rows in mine):
        return False
    ends_ns = [int(holds.release_ns[rows].max()) for rows in mine]
    longest_ns = max(int(holds.held_ns[rows].max()) for rows in mine)
    return max(ends_ns) - min(ends_ns) <= len(mine) * longest_ns


def _sites(lives: Lives, mine: list[Ints]) -> list[tuple[Ints, Ints]]:
    """Return where holds of each ended, and how long they were."""
    holds = lives.recorded.holds
    return [(holds.site[rows], holds.held_ns[rows]) for rows in mine]


class _Source:
    """Whether a thread is mostly in a loop that takes its work from a container."""

    def __init__(self, trace: Trace) -> None:
        self._sites, self._paths = trace.sites(0), trace.paths(0)
        self._code = SourceCode(trace, Lines(trace))
        self._is_own = own_code(self._paths)
        self._known: dict[int, bool] = {}

    def __call__(self, held: tuple[Ints, Ints]) -> bool:
        site, held_ns = held
        paths, which = np.unique(self._sites.paths_of(site), return_inverse=True)
        takes = np.array([self._takes(each) for each in paths.tolist()], np.bool_)
        return bool(held_ns[takes[which]].sum() >= MOSTLY * held_ns.sum())

    def _takes(self, path: int) -> bool:
        if path not in self._known:
            own = [each for each in self._paths.ids(path) if self._is_own[each]]
            self._known[path] = any(self._code.takes_work(0, each) for each in own)
        return self._known[path]
