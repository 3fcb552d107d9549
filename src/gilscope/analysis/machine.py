"""Whether a run had all of its machine, asked nothing of it, or hardly began."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gilscope.analysis.model import ThreadRow
    from gilscope.analysis.ran import Run

# All cores are in use if the process used this share of their time, start and end included.
FULL = 0.85
# Of a program that does nothing, this share is left for its start, its end, and looking whether
# there is something to do.
IDLE_BUSY_SHARE = 0.1

# A thread that could run, and had no core for this share of the run: the machine was too busy.
LACKED_SHARE = 0.2

# A program that fails within a second has hardly done more than to start.
AT_ONCE_S = 1.0


def fills_all_cores(run: Run, cpu_s: float) -> bool:
    return cpu_s >= FULL * run.cores * run.wall_s > 0


def is_idle(run: Run, busy_s: float) -> bool:
    """`busy_s`: how long the least idle of its threads was not idle."""
    return busy_s < IDLE_BUSY_SHARE * run.rows_s


def lacked_a_core(run: Run, threads: Sequence[ThreadRow]) -> bool:
    return without_core_s(threads) >= LACKED_SHARE * run.rows_s > 0


def without_core_s(threads: Sequence[ThreadRow]) -> float:
    """Return for how long the thread that lacked a core for longest did so, as far as is known."""
    return max((row.ready_s or 0.0 for row in threads), default=0.0)


def failed_at_once(run: Run) -> bool:
    return bool(run.exit_status) and run.wall_s < AT_ONCE_S
