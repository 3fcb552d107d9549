"""The cyclic garbage collector: how long samples saw it at work while threads waited."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from gilscope.analysis.sampling import slices
from gilscope.trace.layout import GC_FILE

if TYPE_CHECKING:
    from gilscope.analysis.place import Line
    from gilscope.analysis.sampling import Samples
    from gilscope.analysis.stretch import Queues, Stretch
    from gilscope.trace import PathTable


@dataclass(frozen=True, slots=True)
class Gc:
    """Collections during which another thread waited for the GIL: from when it waited, sampled."""

    pauses: int = 0
    pause_s: float = 0.0
    longest_s: float = 0.0


NOT_SEEN = Gc()


def is_collection(line: Line) -> bool:
    return line.file == GC_FILE


class Pauses:
    """Gathers samples of one hold that follow each other and saw the collector at work.

    Each stands for the time around it: to the middle between it and its neighbours in the hold, or
    to the edge of what others waited for. So what is seen once is known to about a sample's period.
    """

    def __init__(self, paths: PathTable) -> None:
        codes = [code for code, file in paths.file_of_code().items() if file == GC_FILE]
        self._marked = np.isin(paths.code, codes) & (np.arange(len(paths)) > 0)
        self._count, self._sum_ns, self._longest_ns = 0, 0, 0

    def add(self, stretch: Stretch, samples: Samples, queues: Queues) -> None:
        """Add the pauses of a stretch; `queues` must know the holds that were sampled."""
        if not self._marked[samples.path].any():
            return
        cut = slices(stretch, samples, queues)
        marked = self._marked[cut.path]
        from_ns = np.maximum(cut.start_ns, queues.first(cut.hold))
        length = (cut.end_ns - from_ns).clip(0)
        goes_on = np.append(False, marked[:-1] & (cut.hold[1:] == cut.hold[:-1]))
        begins = marked & ~goes_on
        number = np.cumsum(begins)[marked] - 1
        lengths = np.bincount(number, weights=length[marked])
        lengths = lengths[lengths > 0]  # in others nobody waited any more
        self._count += len(lengths)
        self._sum_ns += int(lengths.sum())
        self._longest_ns = max(self._longest_ns, int(lengths.max(initial=0)))

    def found(self) -> Gc:
        return Gc(self._count, self._sum_ns / 1e9, self._longest_ns / 1e9)
