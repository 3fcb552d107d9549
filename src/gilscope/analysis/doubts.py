"""What a busy machine does to a recording, and whether a verdict can tell that from the program."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gilscope.analysis.machine import fills_all_cores, lacked_a_core, without_core_s

if TYPE_CHECKING:
    from gilscope.analysis.measured import Measured
    from gilscope.analysis.model import Facts

# Calls that do not let go are few: real ones account for nearly all stalled time. Where a busy
# machine interrupts Python code, a handful of instructions accounts for a half or so.
FEW_PLACES_SHARE = 0.8
# Half of the stalled time spent off the CPU is far more than a machine with spare CPUs ever takes.
IDLE_SHARE = 0.5
# If more was waited than this, what is left without a lack of cores may be the error of that.
MOST_SUBTRACTED = 0.1
# If the GIL was held for less of the run than this, nobody can have lost more by waiting for it.
HARDLY_HELD = 0.05


def machine_was_busy(measured: Measured, idle_hold_s: float) -> bool:
    """Whether stalls, or what looks like some, are mostly due to too few cores."""
    if measured.coreless_s is not None:
        return measured.coreless_s > IDLE_SHARE * (measured.stalled_s + measured.coreless_s)
    spread = measured.stall_concentration < FEW_PLACES_SHARE
    return spread and idle_hold_s >= IDLE_SHARE * measured.stalled_s


def are_stalls_doubtful(measured: Measured, facts: Facts) -> bool:
    """Whether what looks like stalls may be none: who had the GIL hardly ran meanwhile.

    On a machine so busy that nobody looked, it is not known when they had no core, or not of all.
    """
    if measured.coreless_s is None:
        return facts.machine_was_busy
    spread = measured.stall_concentration < FEW_PLACES_SHARE
    late_s = measured.stalled_s + measured.coreless_s
    return spread and facts.idle_hold_s >= IDLE_SHARE * late_s > 0


def is_due_to_machine(measured: Measured, facts: Facts) -> bool:
    """Whether threads took turns though there was work for less than a core: a lack of cores.

    Who has no core has the GIL for longer; but if threads ran more without it, that is no work.
    """
    lacked = is_cpu_full(measured, facts) or lacked_a_core(measured.run, measured.threads)
    return lacked and (facts.wanted_cores < 1 or _is_mostly_without_gil(facts))


def may_want_a_core(measured: Measured, facts: Facts) -> bool:
    """Whether there may have been work for a core, had one been free whenever a thread could run.

    At the most, the run is shorter then by as long as some thread had no core.
    """
    wanted_s = sum(row.hold_s + row.wait_s for row in measured.threads)
    enough = wanted_s >= measured.run.wall_s - without_core_s(measured.threads)
    return enough and not _is_mostly_without_gil(facts)


def _is_mostly_without_gil(facts: Facts) -> bool:
    """Whether threads compute more without the GIL: that is why no core is free, then."""
    return facts.computing_s >= facts.cpu_s - facts.computing_s


def may_be_contended(measured: Measured, facts: Facts) -> bool:
    """Whether so much was waited for who had no core that what is left says little."""
    gil = measured.gil
    held = gil.held_fraction >= HARDLY_HELD
    mostly = not _is_mostly_without_gil(facts)
    return held and mostly and gil.contended_fraction >= MOST_SUBTRACTED


def is_cpu_full(measured: Measured, facts: Facts) -> bool:
    """Whether more threads would have found no core: what a quota leaves is not known."""
    outside = facts.computing_s >= sum(row.hold_s for row in measured.threads)
    return outside and fills_all_cores(measured.run, facts.cpu_s)
