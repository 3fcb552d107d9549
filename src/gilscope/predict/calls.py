"""The calls of one function, as far as a recording shows them: from pause to pause.

No trace says when a call begins and ends. It says where a thread was when it let go of the GIL, and
at samples. So a call is taken for the stretch of a thread's life in which it was seen in that
function, from when it went on after it was last seen to be elsewhere until it is seen to be
elsewhere again: for a request, from its arrival until the thread waits for the next one.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from gilscope.analysis.lines import own_code, through
from gilscope.analysis.sampling import SampleTable
from gilscope.predict.anew import Anew
from gilscope.predict.dealing import forced_ends
from gilscope.predict.pools import pools, queues_of, tasks_of
from gilscope.predict.programs import BLOCK, COMPUTE
from gilscope.trace import SAMPLER_TABLE, SiteFlags

if TYPE_CHECKING:
    import numpy.typing as npt

    from gilscope.predict.rebuild import Lives
    from gilscope.trace import PathTable, Trace

    Ints = npt.NDArray[np.int64]
    Mask = npt.NDArray[np.bool_]

INSIDE, UNKNOWN, OUTSIDE = 1, 0, -1


@dataclass(frozen=True, slots=True)
class Calls:
    """Steps of `Lives.programs` at which calls begin, and those that are their last (int64).

    `recorded_ns` (int64) is how long each took, from when its thread wanted to go on.
    """

    first: Ints
    last: Ints
    recorded_ns: Ints

    def __len__(self) -> int:
        return len(self.first)


class Visits:
    """What each thread did between its holds, and in them: prepared once for all functions."""

    def __init__(self, trace: Trace, lives: Lives) -> None:
        self._trace, self._lives = trace, lives
        steps = np.flatnonzero(lives.hold >= 0)
        hold = lives.hold[steps]
        turn = np.concatenate([[True], hold[1:] != hold[:-1]])[: len(hold)]
        self._first = steps[turn]
        self._last = steps[np.append(np.flatnonzero(turn)[1:], len(steps)) - 1]
        self._hold = hold[turn]
        self._began_ns = lives.recorded.holds.request_ns[self._hold]
        whose = np.repeat(np.arange(len(lives.programs)), np.diff(lives.programs.first))
        self._program = whose[self._first]
        self._sites = trace.sites(0)
        self._site = self._sites.known(lives.recorded.holds.site[self._hold])
        table = SampleTable(trace.samples(), 0, len(trace.paths(SAMPLER_TABLE)))
        self._samples = table.within(lives.recorded.holds) if len(lives.recorded.holds) else None
        self._is_whole = np.ones(len(trace.paths(0)), np.bool_)
        self._is_whole[self._sites.path[(self._sites.flags & SiteFlags.LEAF) != 0]] = False
        self._cuts = self._task_ends()
        self._paths, self._anew = trace.paths(0), Anew(trace)

    def _task_ends(self) -> Mask:
        """Mark turns after which a worker of a pool does its next task.

        A task that begins with a pause begins in the turn before: it gets that as its first step.
        One that was found in the queue begins within a turn, which is its own then.
        """
        lives = self._lives
        found, fetches = pools(self._trace, lives)
        forced, queue_of = forced_ends(self._trace, lives), queues_of(lives)
        begins = [
            tasks_of(lives, each, fetches, forced, is_told=int(lives.threads[each]) in queue_of)
            for some in found
            for each in some
        ]
        begun = np.concatenate([np.empty(0, np.int64), *begins])
        ends = np.zeros(len(self._first), np.bool_)
        before = np.searchsorted(self._first, begun) - 1
        begun, before = begun[before >= 0], before[before >= 0]
        within = begun <= self._last[before]
        self._first[before[within]] = begun[within]
        self._began_ns[before[within]] = lives.begin_ns[begun[within]]
        ends[before[within & (before > 0)] - 1] = True
        begun, before = begun[~within], before[~within]
        ends[before] = True
        pauses = np.isin(lives.programs.kind[begun], (BLOCK, COMPUTE)) & (before + 1 < len(ends))
        self._first[before[pauses] + 1] = begun[pauses]
        self._began_ns[before[pauses] + 1] = lives.begin_ns[begun[pauses]]
        return ends

    def functions(self) -> list[str]:
        """Name the functions of the user's own that were seen where holds ended, outermost first.

        Where only the innermost frame is known, nothing says how far in it is.
        """
        paths = self._trace.paths(0)
        own = own_code(paths)
        depth = own.astype(np.int64)
        for each, parent in enumerate(paths.parent.tolist()):
            depth[each] += depth[parent] if parent else 0
        deepest: dict[str, int] = {}
        for each in np.flatnonzero(own & self._is_whole).tolist():
            name = paths.frame(each).function
            deepest[name] = max(deepest.get(name, 0), int(depth[each]))
        return sorted(deepest, key=lambda name: deepest[name])

    def of(self, function: str) -> Calls:
        """Return the calls of a function; its name, the last part of it is enough."""
        seen = self._seen(function)
        inside = seen[self._site] == INSIDE
        inside |= self._sampled(function)
        ends = (seen[self._site] == OUTSIDE) | self._cuts
        ends |= self._anew.follows(self._sites.path[self._site], _ends_in(self._paths, function))
        ends |= np.append(self._program[1:] != self._program[:-1], True)[: len(ends)]
        number = np.cumsum(np.append([0], ends)[: len(ends)])
        first = np.flatnonzero(np.append([True], ends)[: len(ends)])
        last = np.flatnonzero(ends)
        found = np.bincount(number[inside], minlength=len(first)) > 0
        first, last = first[found], last[found]
        lasted_ns = self._lives.recorded.holds.release_ns[self._hold[last]] - self._began_ns[first]
        return Calls(self._first[first], self._last[last], lasted_ns)

    def _seen(self, function: str) -> Ints:
        """By site: whether a thread was in the function there, or elsewhere.

        Of some sites only the innermost frame is known. That says where it was if all the paths
        that end in this frame go through the function, or if none does.
        """
        paths = self._trace.paths(0)
        goes = through(paths, _ends_in(paths, function))
        frames = np.stack([paths.code, paths.instruction])
        number = np.unique(frames, axis=1, return_inverse=True)[1].ravel()
        with_it = np.bincount(number, goes & self._is_whole, len(paths))
        without = np.bincount(number, ~goes & self._is_whole, len(paths))
        by_frame = np.where(without > 0, np.where(with_it > 0, UNKNOWN, OUTSIDE), UNKNOWN)
        by_frame = np.where((with_it > 0) & (without == 0), INSIDE, by_frame)
        state = np.where(self._is_whole, np.where(goes, INSIDE, OUTSIDE), by_frame[number])
        state = np.where(goes, INSIDE, state)
        state[0] = UNKNOWN
        found: Ints = state[self._sites.path]
        return found

    def _sampled(self, function: str) -> Mask:
        sampled = np.zeros(len(self._lives.recorded.holds), np.bool_)
        if self._samples is not None:
            paths = self._trace.paths(SAMPLER_TABLE)
            goes = through(paths, _ends_in(paths, function))
            sampled[self._samples.hold[goes[self._samples.path]]] = True
        here: Mask = sampled[self._hold]
        return here


def _ends_in(paths: PathTable, function: str) -> Mask:
    codes = [
        code
        for code, (_, name) in paths.place_of_code().items()
        if name == function or name.endswith(f".{function}")
    ]
    found: Mask = np.isin(paths.code, codes)
    return found
