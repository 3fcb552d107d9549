"""The cyclic garbage collector: how long samples saw it at work while threads waited."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from gilscope.trace import SAMPLER_TABLE
from gilscope.trace.layout import GC_FILE

if TYPE_CHECKING:
    import numpy.typing as npt

    from gilscope.analysis.place import Line
    from gilscope.trace import Trace


@dataclass(frozen=True, slots=True)
class Gc:
    """Collections during which another thread waited for the GIL: from when it waited, sampled."""

    pauses: int = 0
    pause_s: float = 0.0
    longest_s: float = 0.0


NOT_SEEN = Gc()


def is_collection(line: Line) -> bool:
    return line.file == GC_FILE


def collections(trace: Trace, samples: npt.NDArray[np.void]) -> Gc:
    """Gather samples of one hold that follow each other and saw the collector at work.

    Each stands for the time around it, half of the way to its neighbours in the hold.
    """
    paths = trace.paths(SAMPLER_TABLE)
    codes = [code for code, file in paths.file_of_code().items() if file == GC_FILE]
    path = np.where(samples["path_id"] < len(paths), samples["path_id"], 0).astype(np.int64)
    marked = np.isin(paths.code[path], codes) & (path > 0) if codes else np.zeros(len(path), bool)
    if not marked.any():
        return NOT_SEEN
    order = np.lexsort((samples["time_ns"], samples["acquire_ns"], samples["gil"]))
    marked, rows = marked[order], samples[order]
    time = rows["time_ns"].astype(np.int64)
    same = (rows["acquire_ns"][1:] == rows["acquire_ns"][:-1]) & (
        rows["gil"][1:] == rows["gil"][:-1]
    )
    half = np.where(same, np.diff(time) // 2, 0)
    around = np.append(half, 0) + np.append(0, half)
    begins = marked & ~np.append(False, marked[:-1] & same)
    number = np.cumsum(begins)[marked] - 1
    lengths = np.bincount(number, weights=around[marked])
    return Gc(int(begins.sum()), float(lengths.sum()) / 1e9, float(lengths.max()) / 1e9)
