"""Who held a GIL, and who waited for it, when the recording ended."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gilscope.analysis.model import OpenRow
from gilscope.trace import SAMPLER_TABLE, OpenState

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy as np
    import numpy.typing as npt

    from gilscope.analysis.lines import Lines
    from gilscope.trace import Trace


def open_rows(
    trace: Trace, samples: npt.NDArray[np.void], lines: Lines, name: Callable[[int], str]
) -> tuple[OpenRow, ...]:
    """Return them in the order of the trace; of a holder, where it was last seen."""
    rows = []
    for row in trace.open:
        holding = int(row["state"]) == OpenState.HOLDING
        since = int(row["acquire_ns" if holding else "request_ns"])
        gil, path, thread = int(row["gil"]), int(row["path_id"]), int(row["thread"])
        number = lines.number(gil, path)
        if holding:
            mine = (samples["thread"] == thread) & (samples["gil"] == gil)
            seen = samples["path_id"][mine & (samples["acquire_ns"] == since)]
            if len(seen):
                number = lines.number(SAMPLER_TABLE, int(seen[-1]))
        seconds = max(0, trace.end_ns - since) / 1e9
        rows.append(OpenRow(name(thread), holding, seconds, lines[number]))
    return tuple(rows)
