"""Where threads were without the GIL: stretch by stretch, summed up by thread and call path.

A stretch goes from a release to the thread's next request. What waiting for locks took of it, and
handover, is known exactly; the CPU time of those of a millisecond or more, mostly.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from gilscope.analysis.tallies import thread_count
from gilscope.trace import SAMPLER_TABLE

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy.typing as npt

    from gilscope.analysis.resumes import Resumes
    from gilscope.analysis.stretch import Stretch
    from gilscope.trace import LockWaits, Thread, Trace

    Ints = npt.NDArray[np.int64]

_NONE = -1


@dataclass(slots=True)
class OffSum:
    """Of one thread at one path. `cpu_ns` is what was measured; `unmeasured_ns` may have more."""

    off_ns: int = 0
    cpu_ns: int = 0
    unmeasured_ns: int = 0
    times: int = 0
    longest_ns: int = 0


class Waited:
    """How long each thread had waited until any moment, from the beginnings and ends of its waits.

    int64 columns of equal length; the waits of one thread come by time, and do not overlap.
    """

    def __init__(self, thread: Ints, begin_ns: Ints, end_ns: Ints) -> None:
        self._knots: dict[int, tuple[Ints, Ints]] = {}
        order = np.argsort(thread, kind="stable")
        threads, starts = np.unique(thread[order], return_index=True)
        parts = np.split(order, starts[1:]) if len(order) else []
        for number, rows in zip(threads.tolist(), parts, strict=True):
            times = np.stack([begin_ns[rows], end_ns[rows]], axis=1).ravel()
            waits_ns = end_ns[rows] - begin_ns[rows]
            until = np.cumsum(waits_ns)
            self._knots[number] = times, np.stack([until - waits_ns, until], axis=1).ravel()

    @classmethod
    def for_locks(cls, waits: LockWaits) -> Self:
        return cls(waits.thread, waits.begin_ns, waits.end_ns)

    def between(self, thread: int, begin_ns: Ints, end_ns: Ints) -> Ints:
        if thread not in self._knots:
            return np.zeros_like(begin_ns)
        times, sums = self._knots[thread]
        waited = np.interp(end_ns, times, sums) - np.interp(begin_ns, times, sums)
        return np.rint(waited).astype(np.int64)


class OffStretches:
    """The stretches after the holds of one GIL; `sums` is by thread and path.

    `looked` is the same of those that did not end, at paths of SAMPLER_TABLE: where `away` says of
    the thread's last release that it was seen there.
    """

    def __init__(
        self,
        site_path: Ints,
        forced: npt.NDArray[np.bool_],  # by site: after those, a thread waits at once
        trace: Trace,
        locked: Waited,
    ) -> None:
        self.sums: dict[tuple[int, int], OffSum] = {}
        self.looked: dict[tuple[int, int], OffSum] = {}
        self._away = _away(trace)
        self._site_path = site_path
        self._forced = forced
        self._locked = locked
        threads = thread_count(trace)
        # What the next hold of each thread says of the time before it; stretches come last first.
        self._next = {name: np.zeros(threads, np.int64) for name in ("path", "handover", "cpu")}
        self._request = np.full(threads, _NONE, np.int64)
        self._last: dict[int, tuple[int, int]] = {}  # by thread: its last release, and the site

    def add(self, stretch: Stretch, resumes: Resumes | None) -> None:
        """Add what came after the holds of a stretch, all but the last of each thread in the trace.

        `resumes` says where threads were before these holds, and what CPU time they used.
        """
        holds = stretch.holds
        self._add_within(stretch)
        before = {name: np.zeros(len(holds), np.int64) for name in self._next}
        before["cpu"][:] = _NONE
        if resumes is not None:
            before["path"][resumes.row] = resumes.path
            for name, field in (("handover", "handover_ns"), ("cpu", "off_cpu_ns")):
                row, values = resumes.measured(field, least=0)
                before[name][row] = values
        order = np.argsort(holds.thread, kind="stable")
        thread = holds.thread[order]
        is_last = np.append(thread[1:] != thread[:-1], True)
        follows = np.append(order[1:], 0)
        end_ns = np.where(is_last, self._request[thread], holds.request_ns[follows])
        next_: dict[str, npt.NDArray[Any]] = {
            name: np.where(is_last, self._next[name][thread], values[follows])
            for name, values in before.items()
        }
        if not stretch.is_open:
            self._note_last(stretch, order[is_last & (end_ns == _NONE)])
        first = order[np.append(True, thread[1:] != thread[:-1])]
        leaf = self._site_path[holds.site[order]]
        next_["wanted"] = ~self._forced[holds.site[order]]
        self._sum_up(thread, holds.release_ns[order], end_ns, leaf, next_, self.sums)
        self._request[holds.thread[first]] = holds.request_ns[first]
        for name, values in before.items():
            self._next[name][holds.thread[first]] = values[first]

    def finish(self, threads: Mapping[int, Thread]) -> None:
        """Add what came after the last hold of each thread."""
        last = [(t, r, site) for t, (r, site) in sorted(self._last.items()) if t in threads]
        rows = [
            (t, r, threads[t].end_ns, self._away.get((t, r), 0), int(self._site_path[site]))
            for t, r, site in last
        ]
        self._sum_up_last([each for each in rows if not each[3]], self.sums)
        self._sum_up_last([each for each in rows if each[3]], self.looked)

    def _sum_up_last(
        self, rows: list[tuple[int, int, int, int, int]], into: dict[tuple[int, int], OffSum]
    ) -> None:
        if not rows:
            return
        thread, release, end, path, leaf = np.array(rows, np.int64).T
        none = np.zeros_like(thread)
        more: dict[str, npt.NDArray[Any]] = {
            "path": path,
            "handover": none,
            "cpu": none + _NONE,
            "wanted": none == 0,
        }
        self._sum_up(thread, release, end, leaf, more, into)

    def _note_last(self, stretch: Stretch, rows: Ints) -> None:
        holds = stretch.holds
        columns = holds.thread[rows], holds.release_ns[rows], holds.site[rows]
        for thread, release, site in zip(*(each.tolist() for each in columns), strict=True):
            self._last[thread] = release, site

    def _add_within(self, stretch: Stretch) -> None:
        """Between turns, which have a row together: each of them took less than a millisecond."""
        holds = stretch.holds
        off = (holds.release_ns - holds.acquire_ns - holds.held_ns).clip(0)
        some = np.flatnonzero((holds.count > 1) | (off > 0))
        off, path = off[some], self._site_path[holds.site[some]]
        times = holds.count[some] - 1  # the last one comes after them
        self._add(holds.thread[some], path, off, off, np.zeros_like(off), times, self.sums)

    def _sum_up(
        self,
        thread: Ints,
        begin_ns: Ints,
        end_ns: Ints,
        leaf: Ints,
        more: dict[str, npt.NDArray[Any]],
        into: dict[tuple[int, int], OffSum],
    ) -> None:
        """Add stretches, in the order of their threads; `more` is what is known beside times."""
        kept = np.flatnonzero((end_ns != _NONE) & (end_ns >= begin_ns) & more["wanted"])
        if not len(kept):
            return
        thread, begin_ns, end_ns = thread[kept], begin_ns[kept], end_ns[kept]
        path = np.where(more["path"][kept] > 0, more["path"][kept], leaf[kept])
        off = end_ns - begin_ns - more["handover"][kept]
        numbers, starts = np.unique(thread, return_index=True)
        for number, low, high in zip(
            numbers.tolist(), starts.tolist(), [*starts[1:].tolist(), len(thread)], strict=True
        ):
            part = slice(low, high)
            off[part] -= self._locked.between(number, begin_ns[part], end_ns[part])
        off = off.clip(0)
        cpu = more["cpu"][kept]
        unmeasured = np.where(cpu == _NONE, off, 0)
        once = np.ones_like(off)
        self._add(thread, path, off, unmeasured, np.minimum(cpu.clip(0), off), once, into)

    def _add(
        self,
        thread: Ints,
        path: Ints,
        off: Ints,
        unmeasured: Ints,
        cpu: Ints,
        times: Ints,
        into: dict[tuple[int, int], OffSum],
    ) -> None:
        if not len(thread):
            return
        key, inverse = np.unique(thread << 32 | path, return_inverse=True)
        size = len(key)
        columns = [
            np.bincount(inverse, weights=each, minlength=size).astype(np.int64).tolist()
            for each in (off, cpu, unmeasured, times)
        ]
        longest = np.zeros(size, np.int64)
        # Of turns it is known that each is shorter than what has a row of its own.
        np.maximum.at(longest, inverse, np.where(times == 1, off, 0))
        for each, off_ns, cpu_ns, unmeasured_ns, count, longest_ns in zip(
            key.tolist(), *columns, longest.tolist(), strict=True
        ):
            known = into.setdefault((each >> 32, each & 0xFFFFFFFF), OffSum())
            known.off_ns += off_ns
            known.cpu_ns += cpu_ns
            known.unmeasured_ns += unmeasured_ns
            known.times += count
            known.longest_ns = max(known.longest_ns, longest_ns)


def _away(trace: Trace) -> Mapping[tuple[int, int], int]:
    """Return the paths at which threads stayed, by thread and its last release."""
    rows = trace.away[trace.away["path_id"] < len(trace.paths(SAMPLER_TABLE))]
    columns = (rows[name].tolist() for name in ("thread", "release_ns", "path_id"))
    return {(thread, release): path for thread, release, path in zip(*columns, strict=True)}
