"""What threads are for: the outermost function of the user's own that each of them runs."""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import TYPE_CHECKING

import numpy as np

from gilscope.analysis.lines import outermost_own, own_code
from gilscope.analysis.model import Line

if TYPE_CHECKING:
    from collections.abc import Iterator

    import numpy.typing as npt

    from gilscope.analysis.stretch import Stretch
    from gilscope.trace import PathTable

    Ints = npt.NDArray[np.int64]

MODULE = "<module>"
MOST_TASKS = 64  # a program that has more has no use for their sums
MOST_FRAMES = 8  # of a path, as far as a reader has use for them


class Tasks:
    """Over all GILs: what each thread ran, and what made others wait most."""

    def __init__(self) -> None:
        self._held_ns: dict[int, Counter[Line]] = defaultdict(Counter)
        self._blame_ns: dict[Line, Counter[tuple[Line, ...]]] = defaultdict(Counter)

    def of_thread(self, thread: int) -> Line | None:
        """What it held the GIL for longest; None where no whole path says so."""
        held = self._held_ns.get(thread)
        return max(held, key=held.__getitem__) if held else None

    def blamed(self) -> tuple[Line, ...]:
        """The user's functions on the path that is blamed most, outermost first.

        Of the task that made others wait most; code that a module runs is no task.
        """
        tasks = [task for task in self._blame_ns if task.function != MODULE]
        if not tasks:
            return ()
        paths = self._blame_ns[max(tasks, key=lambda task: self._blame_ns[task].total())]
        return max(paths, key=paths.__getitem__)

    def add(self, tasks: GilTasks) -> None:
        for thread, task, held_ns in tasks.held():
            self._held_ns[thread][task] += held_ns
        for task, path, blame_ns in tasks.blame():
            self._blame_ns[task][path] += round(blame_ns)


class GilTasks:
    """The same for one GIL, added up by site."""

    def __init__(self, paths: PathTable, site_path: Ints, threads: int) -> None:
        self._paths = paths
        self._site_path = site_path
        self._outermost = _of_whole_paths(paths)
        outermost, inverse = np.unique(self._outermost, return_inverse=True)
        numbers: dict[Line | None, int] = {None: 0}
        number = [self._number(path, numbers) for path in outermost.tolist()]
        self._tasks = list(numbers)
        self._task_of_site = np.array(number, np.int64)[inverse][site_path]
        self._held_ns = np.zeros((threads, len(numbers)), np.int64)
        self._blame_ns = np.zeros(len(site_path), np.float64)

    def add(self, stretch: Stretch) -> None:
        site, width = stretch.holds.site, self._held_ns.shape[1]
        key = stretch.holds.thread * width + self._task_of_site[site]
        held = np.bincount(key, weights=stretch.hold_ns, minlength=self._held_ns.size)
        self._held_ns += held.astype(np.int64).reshape(self._held_ns.shape)
        self._blame_ns += np.bincount(site, weights=stretch.blame_ns, minlength=len(self._blame_ns))

    def held(self) -> Iterator[tuple[int, Line, int]]:
        for thread, number in np.argwhere(self._held_ns > 0).tolist():
            task = self._tasks[number]
            if task is not None:
                yield thread, task, int(self._held_ns[thread, number])

    def blame(self) -> list[tuple[Line, tuple[Line, ...], float]]:
        by_path = np.bincount(self._site_path, weights=self._blame_ns, minlength=len(self._paths))
        blamed = np.flatnonzero((by_path > 0) & (self._outermost > 0)).tolist()
        own = own_code(self._paths) if blamed else np.empty(0, np.bool_)
        return [
            (self._task(int(self._outermost[path])), self._own(path, own), float(by_path[path]))
            for path in blamed
        ]

    def _number(self, path: int, numbers: dict[Line | None, int]) -> int:
        task = self._task(path) if path else None
        if task not in numbers and len(numbers) > MOST_TASKS:
            return 0
        return numbers.setdefault(task, len(numbers))

    def _task(self, path: int) -> Line:
        frame = self._paths.frame(path)
        return Line(frame.function, frame.file, 0)

    def _own(self, path: int, own: npt.NDArray[np.bool_]) -> tuple[Line, ...]:
        """The user's functions on a path, outermost first, each once."""
        ids = [each for each in self._paths.ids(path) if own[each]]
        return tuple(dict.fromkeys(self._task(each) for each in reversed(ids)))[:MOST_FRAMES]


def _of_whole_paths(paths: PathTable) -> Ints:
    """The outermost own frames. A single frame may be all that was recorded of a longer path."""
    found = outermost_own(paths)
    alone = np.flatnonzero((paths.parent == 0) & (found > 0)).tolist()
    lone = [path for path in alone if paths.frame(path).function != MODULE]
    found[lone] = 0
    return found
