"""Who waited, and where: waits by the path of the waiting thread."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

    from gilscope.analysis.stretch import Stretch

    Ints = npt.NDArray[np.int64]


class Victims:
    """Waits of one GIL, added up by path id."""

    def __init__(self, site_path: Ints, paths: int) -> None:
        self.wait_ns = np.zeros(paths, np.int64)
        self.waits = np.zeros(paths, np.int64)
        self.longest_ns = np.zeros(paths, np.int64)
        self._site_path = site_path
        # Waits whose place is the thread's release before, in a block that is yet to come.
        self._pending_thread = np.empty(0, np.int64)
        self._pending_wait = np.empty(0, np.int64)

    def add(self, stretch: Stretch, path: Ints) -> None:
        """Add the waits that end in a stretch; a path is 0 where the trace has none."""
        waiting, holds = stretch.waiting, stretch.holds
        row, thread = waiting.row[: waiting.ending], waiting.thread[: waiting.ending]
        wait_ns = holds.acquire_ns[row] - holds.request_ns[row]
        self._settle_pending(stretch)
        unknown = np.flatnonzero(path == 0)
        if len(unknown):
            path = path.copy()
            before = _previous_rows(holds.thread)[row[unknown]]
            here = before >= 0
            path[unknown[here]] = self._site_path[holds.site[before[here]]]
            later = unknown[~here]
            self._pending_thread = np.concatenate([self._pending_thread, thread[later]])
            self._pending_wait = np.concatenate([self._pending_wait, wait_ns[later]])
            rest = np.ones(len(path), np.bool_)
            rest[later] = False
            path, thread, wait_ns = path[rest], thread[rest], wait_ns[rest]
        self._count(path, wait_ns)

    def finish(self) -> None:
        """Settle for "not known" where there is no release before."""
        nowhere = np.zeros(len(self._pending_thread), np.int64)
        self._count(nowhere, self._pending_wait)
        self._pending_thread = self._pending_wait = nowhere[:0]

    def _settle_pending(self, stretch: Stretch) -> None:
        if not len(self._pending_thread) or stretch.is_open:
            return
        threads = max(int(stretch.holds.thread.max()), int(self._pending_thread.max())) + 1
        last = np.full(threads, -1, np.int64)
        last[stretch.holds.thread] = np.arange(len(stretch))
        before = last[self._pending_thread]
        found = before >= 0
        path = self._site_path[stretch.holds.site[before[found]]]
        self._count(path, self._pending_wait[found])
        self._pending_thread = self._pending_thread[~found]
        self._pending_wait = self._pending_wait[~found]

    def _count(self, path: Ints, wait_ns: Ints) -> None:
        size = len(self.wait_ns)
        path = np.where(path < size, path, 0)
        self.waits += np.bincount(path, minlength=size)
        self.wait_ns += np.bincount(path, weights=wait_ns, minlength=size).astype(np.int64)
        np.maximum.at(self.longest_ns, path, wait_ns)


def _previous_rows(thread: Ints) -> Ints:
    """Return for each row the one before it that has the same thread, or -1."""
    # A stable sort of small unsigned numbers is a radix sort: linear.
    small = thread.astype(np.uint16) if int(thread.max()) < 2**16 else thread
    order = np.argsort(small, kind="stable")
    previous = np.full(len(thread), -1, np.int64)
    same = thread[order[1:]] == thread[order[:-1]]
    previous[order[1:][same]] = order[:-1][same]
    return previous
