"""What holds a run without a GIL up: locks, stops, too few cores, or nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gilscope.analysis.machine import fills_all_cores, is_idle
from gilscope.analysis.model import VerdictKind

if TYPE_CHECKING:
    from gilscope.analysis.gillessrows import WithoutGil
    from gilscope.analysis.model import Facts, Run

# Threads are held up if they wait, or are stopped, for this share of the time in which they
# compute, wait or are stopped: a fifth of what they could do.
HELD_UP_SHARE = 0.2
# And for this share of the run: nobody would notice less.
LEAST_SHARE = 0.05
# Cores are too few if threads that could run had none for this share of what they ran and waited.
CORELESS_SHARE = 0.3
CORELESS_OF_RUN = 0.2  # where hardly more than one could run at a time
# Threads run beside each other if this many of them run, or could, on average.
PARALLEL = 1.2


def kind_without_gil(without: WithoutGil, run: Run, facts: Facts) -> VerdictKind:
    """The greatest of what holds the run up; else how it used the cores."""
    wall_s = max(run.rows_s, 1e-9)
    cpu_s = without.cores_used * wall_s
    held_s = max(without.wait_s, without.stopped_s)
    wanted_s = cpu_s + without.wait_s + without.stopped_s
    if held_s >= max(HELD_UP_SHARE * wanted_s, LEAST_SHARE * wall_s):
        by_lock = without.wait_s >= without.stopped_s
        return VerdictKind.LOCK_BOUND if by_lock else VerdictKind.STOPPED
    if run.began == "attach":  # threads that do not wait are not known then, nor what they use
        return VerdictKind.NO_GIL
    ready_s = without.ready_s or 0.0
    parallel = (cpu_s + ready_s) / wall_s >= PARALLEL
    full = fills_all_cores(run, facts.cpu_s)
    much = parallel or ready_s >= CORELESS_OF_RUN * wall_s
    if full or (much and ready_s >= CORELESS_SHARE * (cpu_s + ready_s)):
        return VerdictKind.CPU_FULL
    if parallel:
        return VerdictKind.SCALES
    if is_idle(run, facts.busy_s):
        return VerdictKind.IDLE
    return VerdictKind.NO_GIL
