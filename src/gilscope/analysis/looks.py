"""All that was seen to run in the holds of a thread, whoever waited; and which task that was."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from gilscope.analysis.sampling import Samples, slice_times
from gilscope.trace import LOOK_OF_NO_GIL

if TYPE_CHECKING:
    import numpy.typing as npt

    from gilscope.analysis.looptable import LoopMarks
    from gilscope.analysis.loopturns import Rows
    from gilscope.trace import PathTable

    Ints = npt.NDArray[np.int64]
    Marks = npt.NDArray[np.bool_]
    Table = npt.NDArray[np.void]

_FIELDS = ("acquire_ns", "time_ns", "thread", "path_id")
_UNTOLD = -1  # in the place of a root: seen without saying which task it was


@dataclass(frozen=True, slots=True)
class Seen:
    """Holds cut between samples; each stands for the time around it. `of_row`: it has some.

    `cuts_ns` are moments at which one task ended, or another began. `kept_ns` is for how long one
    callback ran at least, or was blocked, while others were ready that the loop would call after
    it, in this turn.
    """

    middle_ns: Ints
    length_ns: Ints
    path: Ints  # the sampler's
    of_row: Marks
    cuts_ns: Ints
    kept_ns: int


class HoldSamples:
    """Samples and looks of one GIL, by the acquire of their hold."""

    def __init__(self, seen: tuple[Table, Table], gil: int, table: PathTable) -> None:
        """Take them from all samples and looks, with the table of their paths."""
        paths = len(table)
        samples, looks = (
            rows[(rows["gil"] == gil) & (rows["path_id"] > 0) & (rows["path_id"] < paths)]
            for rows in seen
        )
        columns = [
            np.concatenate([samples[name], looks[name]]).astype(np.int64) for name in _FIELDS
        ]
        root = np.append(np.full(len(samples), _UNTOLD), looks["root"].astype(np.int64))
        root_path = np.append(np.zeros(len(samples)), looks["root_path"]).astype(np.int64)
        root_path[root_path >= paths] = 0
        behind = np.append(np.zeros(len(samples)), looks["behind"]).astype(np.int64)
        order = np.lexsort((columns[1], columns[0]))
        self._acquire, self._time, self._thread, self._path = (each[order] for each in columns)
        self._root, self._root_path = root[order], root_path[order]
        self._behind = behind[order]
        self._parent = table.parent
        away = seen[1][(seen[1]["gil"] == LOOK_OF_NO_GIL) & (seen[1]["behind"] > 0)]
        self._away = away["thread"].astype(np.int64), away["acquire_ns"].astype(np.int64)

    def of(self, thread: int, rows: Rows, marks: LoopMarks) -> Seen:
        """Return what ran in these holds; `marks` are of the sampler's paths."""
        low = np.searchsorted(self._acquire, rows.acquire_ns[0], side="left")
        high = np.searchsorted(self._acquire, rows.acquire_ns[-1], side="right")
        here = np.arange(low, high)
        # Of holds that begin at the same moment all but the last have no length.
        hold = (np.searchsorted(rows.acquire_ns, self._acquire[here], side="right") - 1).clip(0)
        fits = (rows.acquire_ns[hold] == self._acquire[here]) & (self._thread[here] == thread)
        here, hold = here[fits], hold[fits]
        time = np.minimum(self._time[here], rows.release_ns[hold])
        samples = Samples(hold, time, self._path[here])
        start, end = slice_times(rows.acquire_ns, rows.release_ns, samples)
        return Seen(
            middle_ns=start + (end - start) // 2,
            length_ns=end - start,
            path=samples.path,
            of_row=np.bincount(hold, minlength=len(rows)) > 0,
            cuts_ns=self._cuts(here, hold, time, rows, marks),
            kept_ns=max(self._kept(here, hold, time, rows), self._kept_away(thread, rows)),
        )

    def _kept(self, here: Ints, hold: Ints, time: Ints, rows: Rows) -> int:
        """Say for how long the same number of callbacks was ready, and waited for another.

        That number falls with each of them. A callback that nothing waits for is not seen here, nor
        one that hardly ever had the GIL.
        """
        told = self._root[here] != _UNTOLD
        looks = Samples(hold[told], time[told], self._behind[here][told])
        if not len(looks):
            return 0
        start, end = slice_times(rows.acquire_ns, rows.release_ns, looks)
        _, number = np.unique(looks.path, return_inverse=True)
        kept = np.bincount(number, weights=np.where(looks.path > 0, end - start, 0))
        return int(kept.max())

    def _kept_away(self, thread: int, rows: Rows) -> int:
        """Say for how long a callback was without the GIL while others waited for their turn."""
        of, released_ns = self._away
        after = np.isin(rows.release_ns[:-1], released_ns[of == thread])
        away_ns = rows.request_ns[1:] - rows.release_ns[:-1]
        return int(away_ns[after].max(initial=0))

    def _cuts(self, here: Ints, hold: Ints, time: Ints, rows: Rows, marks: LoopMarks) -> Ints:
        """Find where tasks differ from one look to the next: between them one of them ended.

        What happened between two holds may be of either, and is a piece of its own. A path that
        changed while it was read leads nowhere, and tells nothing.
        """
        told = (self._root[here] != _UNTOLD) & marks.called[self._path[here]]
        here, hold, time = here[told], hold[told], time[told]
        is_task = marks.callers[self._parent[self._root_path[here]]] & (self._root_path[here] > 0)
        root = np.where(is_task, self._root[here], 0)
        differ = np.flatnonzero(root[1:] != root[:-1])
        same = hold[differ] == hold[differ + 1]
        within, apart = differ[same], differ[~same]
        middle = time[within] + (time[within + 1] - time[within]) // 2
        edges = rows.release_ns[hold[apart]], rows.acquire_ns[hold[apart + 1]]
        cuts: Ints = np.sort(np.concatenate([middle, *edges]))
        return cuts
