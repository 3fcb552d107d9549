"""Whether a run had all of its machine, or asked nothing of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gilscope.analysis.ran import Run

# All cores are in use if the process used this share of their time, start and end included.
FULL = 0.85
# Of a program that does nothing, this share is left for its start, its end, and looking whether
# there is something to do.
IDLE_BUSY_SHARE = 0.1


def fills_all_cores(run: Run, cpu_s: float) -> bool:
    return cpu_s >= FULL * run.cores * run.wall_s > 0


def is_idle(run: Run, busy_s: float) -> bool:
    """`busy_s`: how long the least idle of its threads was not idle."""
    return busy_s < IDLE_BUSY_SHARE * run.rows_s
