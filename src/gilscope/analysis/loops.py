"""How long event loops waited for the GIL while they served: see looptable.py.

A loop serves in turns: it looks for what is ready, and runs the callbacks. A turn ends where the
thread lets go of the GIL in the loop's own code, in `select` as a rule. A callback that takes long
by itself (a notebook's cell is one) keeps the loop from serving whatever the GIL does, so the waits
of such a turn are not the loop's; nor are those of a turn that the recording has only a part of.

The loop of a thread that a package started for itself, and in which nothing of the user's own was
seen, is that package's business: a notebook's kernel has three, for its messages.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from gilscope.analysis.lines import ends_in, leads_through, outermost, outermost_own
from gilscope.analysis.looptable import own_polls, takes_turns
from gilscope.analysis.loopturns import LONG_TURN_NS

if TYPE_CHECKING:
    import numpy.typing as npt

    from gilscope.analysis.stretch import Stretch
    from gilscope.trace import HoldBlock, PathTable

    Ints = npt.NDArray[np.int64]
    Marks = npt.NDArray[np.bool_]

_CALLBACK = re.compile(r"[/\\]asyncio[/\\]events\.py$", re.ASCII)
_THREADING = re.compile(r"[/\\]threading\.py$", re.ASCII)
_PACKAGE = re.compile(r"[/\\](?:site|dist)-packages[/\\]", re.ASCII)
_SELECT = re.compile(r"[/\\]selectors\.py$", re.ASCII)


@dataclass(slots=True)
class _Turn:
    """The later part of a turn, whose beginning is in a block that is yet to come."""

    request_ns: int  # of its first hold so far
    release_ns: int  # its end
    wait_ns: int


class Loops:
    """The event loops of one GIL; `wait_ns` is by thread."""

    def __init__(self, paths: PathTable, site_path: Ints) -> None:
        self.wait_ns: dict[int, int] = {}
        in_loop = takes_turns(paths) & ~leads_through(paths, _CALLBACK)
        in_loop |= own_polls(paths)
        # Where nobody waited, the innermost frame may be all that was recorded of a path.
        lone = leads_through(paths, _SELECT) & (paths.parent == 0)
        self._waits_in_loop = in_loop  # by path
        self._in_loop = in_loop[site_path]
        self._ends_turn = (in_loop | lone)[site_path]
        self._any = bool(in_loop.any())
        theirs = _of_packages(paths) if self._any else in_loop
        self._waits_in_users_loop = in_loop & ~theirs
        self._in_users_loop = self._waits_in_users_loop[site_path]
        self._is_users = (outermost_own(paths) > 0)[site_path] if self._any else self._in_loop
        self._loops: set[int] = set()  # threads that were seen in a loop's own code
        self._users: set[int] = set()  # and in a loop, or anything else, of the user's own
        self._open: dict[int, _Turn] = {}

    def add(self, stretch: Stretch) -> None:
        """Stretches come last first."""
        if not self._any or stretch.is_open:
            return
        holds = stretch.holds
        self._loops.update(np.unique(holds.thread[self._in_loop[holds.site]]).tolist())
        users = (self._in_users_loop | self._is_users)[holds.site]
        self._users.update(np.unique(holds.thread[users]).tolist())
        ends = self._ends_turn[holds.site]
        threads = {*np.unique(holds.thread[ends]).tolist(), *self._open}
        for thread in threads:
            rows = np.flatnonzero(holds.thread == thread)
            if len(rows):
                self._add_thread(thread, holds.select(holds.thread == thread), ends[rows])

    def add_waits(self, stretch: Stretch, path: Ints) -> None:
        """Add the waits that end in a stretch: their paths are known whole, whoever waited."""
        thread = stretch.waiting.thread[: len(path)]
        self._loops.update(np.unique(thread[self._waits_in_loop[path]]).tolist())
        self._users.update(np.unique(thread[self._waits_in_users_loop[path]]).tolist())

    def finish(self) -> dict[int, int]:
        loops = self._loops & self._users
        return {thread: wait for thread, wait in self.wait_ns.items() if thread in loops}

    def _add_thread(self, thread: int, holds: HoldBlock, ends: Marks) -> None:
        last = np.flatnonzero(ends)
        first = np.concatenate([[0], last + 1])  # of the turns, the last of which goes on
        waits = np.add.reduceat(np.append(holds.acquire_ns - holds.request_ns, 0), first)
        later = self._open.pop(thread, None)
        if later is not None and first[-1] < len(holds):
            later.request_ns = int(holds.request_ns[first[-1]])
            later.wait_ns += int(waits[-1])
        if not len(last):
            if later is not None:
                self._open[thread] = later
            return
        request, release = holds.request_ns[first[:-1]], holds.release_ns[last]
        self._open[thread] = _Turn(int(request[0]), int(release[0]), int(waits[0]))
        served_ns = _served(request[1:], release[1:], waits[1:-1])
        if later is not None:
            served_ns += _served(
                *np.array([[later.request_ns], [later.release_ns], [later.wait_ns]])
            )
        self.wait_ns[thread] = self.wait_ns.get(thread, 0) + served_ns


def _of_packages(paths: PathTable) -> Marks:
    """Mark the paths of threads that a package started with a function of its own, by path id."""
    target = outermost(paths, ~ends_in(paths, _THREADING))
    return leads_through(paths, _THREADING) & ends_in(paths, _PACKAGE)[target]


def _served(request_ns: Ints, release_ns: Ints, wait_ns: Ints) -> int:
    """What the loop waited in turns in which it had no long work of its own to do."""
    own_ns = release_ns - request_ns - wait_ns
    return int(wait_ns[own_ns < LONG_TURN_NS].sum())
