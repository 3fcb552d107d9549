"""The conclusion: which kind of trouble the tables show, if any, with the numbers behind it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gilscope.analysis.convoys import convoy_victims
from gilscope.analysis.doubts import (
    are_stalls_doubtful,
    is_cpu_full,
    is_due_to_machine,
    machine_was_busy,
    may_be_contended,
    may_want_a_core,
)
from gilscope.analysis.gc_ import is_collection
from gilscope.analysis.gillessverdict import kind_without_gil
from gilscope.analysis.machine import failed_at_once, is_idle
from gilscope.analysis.model import Facts, OffKind, Verdict, VerdictKind
from gilscope.analysis.offtable import asleep, busy_s, own_path_s
from gilscope.analysis.stalls import LEAST_LONGEST_S

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gilscope.analysis.measured import Measured
    from gilscope.analysis.model import ThreadRow

# Below this share of the run nobody would notice: removing all waiting gains less than one gains
# by running the program again at another time of day.
GOOD_CONTENDED_FRACTION = 0.05
# A free-threaded Python turns its GIL on to import extension modules: some hundredths of a run.
FLEETING_FRACTION = 0.05
# A pause that people perceive, and many services promise to stay below: worth a verdict of its
# own, however rare.
LONG_STALL_S = 0.1
# When this much of all waiting is for calls that do not let go, shortening them is the remedy
# that does most; the rest of such waits (the switch interval before each stall) goes with it.
STALL_SHARE = 0.3
# Other processes are worth a word from a tenth of all computing on, unless that is next to nothing.
OTHERS_SHARE = 0.1
LEAST_OTHERS_S = 0.1
# Who waited a tenth as long as who waited most takes part in the turns; others had other times.
LEAST_TURN_SHARE = 0.1
# An event loop that waits this share of the run answers everybody late: the same 5 % as above,
# because every task of the loop pays it.
LOOP_WAIT_FRACTION = 0.05
# The collector is what costs if others waited for it more than for all else.
GC_SHARE = 0.5
# A lock costs time if some thread waited for it during this share of the run.
LOCK_WAIT_SHARE = 0.2

# The GIL is the problem, in one way or another.
TROUBLE = frozenset(
    {
        VerdictKind.CPU_BOUND,
        VerdictKind.BUSY_WAIT,
        VerdictKind.STALL,
        VerdictKind.GC_PAUSE,
        VerdictKind.CONVOY,
        VerdictKind.EVENT_LOOP_STARVED,
    }
)
# What a lack of cores looks like, too: threads that hardly do anything wait for each other.
_TURNS = (VerdictKind.CPU_BOUND, VerdictKind.CONVOY)


def judge(measured: Measured) -> Verdict:
    """Name the trouble that costs most, and what says so."""
    facts = _facts(measured)
    rest = VerdictKind.ELSEWHERE if facts.others_work else _kind_of_rest(measured, facts)
    return Verdict(_kind(measured, facts), facts, otherwise=rest)


def _facts(measured: Measured) -> Facts:
    run, threads = measured.run, measured.threads
    most_s = max((row.wait_s for row in threads), default=0.0)
    waiting = sorted((row for row in threads if row.wait_s > 0), key=lambda row: -row.wait_s)
    loop = max(measured.loop_wait_s, key=measured.loop_wait_s.__getitem__, default=None)
    cpu_s = run.recorded_cpu_s or sum(row.cpu_s for row in threads)
    others_s = run.children_cpu_s or 0.0
    covered = run.rows_s / max(run.wall_s, 1e-9)  # stalls are known of that part
    idle_hold_s = sum(max(0.0, row.hold_s - row.cpu_s) for row in threads)
    takers = [row for row in waiting if row.wait_s >= LEAST_TURN_SHARE * most_s]
    convoy = convoy_victims(threads, measured.gil.wait_s, run.switch_interval_s)
    return Facts(
        cpu_s=cpu_s,
        computing_s=sum(row.computing_s for row in threads),
        others_cpu_s=others_s,
        others=measured.others,
        others_unseen_s=max(0.0, others_s - sum(each.cpu_s for each in measured.others)),
        others_work=others_s >= max(LEAST_OTHERS_S, OTHERS_SHARE * (others_s + cpu_s)),
        idle_hold_s=idle_hold_s,
        machine_was_busy=machine_was_busy(measured, idle_hold_s * covered),
        wanted_cores=_wanted_cores(measured, takers),
        turn_takers=tuple(row.thread for row in takers),
        stall_wait_s=measured.stall_wait_s,
        stalled_s=measured.stalled_s,
        coreless_s=measured.coreless_s,
        stall_concentration=measured.stall_concentration,
        task=measured.task,
        convoy=tuple(row.thread for row in convoy),
        loop_thread=loop,
        loop_wait_s=0.0 if loop is None else measured.loop_wait_s[loop],
        asleep=asleep(threads),
        busy_s=busy_s(threads),
        spin=measured.spin,
        nobody_was_awake=measured.hang.nobody_was_awake,
    )


def _wanted_cores(measured: Measured, takers: Sequence[ThreadRow]) -> float:
    """Return how many cores the work with the GIL could have kept busy, on average, at most.

    No more than threads wanted it at a time; and no thread can do what it did any sooner than if it
    never waits, so that all of it takes at least as long as that. Such paths are known where rows
    of the whole run are kept.
    """
    run, held_s = measured.run, sum(row.hold_s for row in measured.threads)
    wanted = (held_s + sum(row.wait_s for row in measured.threads)) / max(run.wall_s, 1e-9)
    path_s = max(map(own_path_s, takers), default=0.0)
    if run.rows_from_s > 0 or path_s <= 0:
        return wanted
    return min(wanted, held_s / path_s)


def _kind(measured: Measured, facts: Facts) -> VerdictKind:
    """What happened in the recorded process; unless that says nothing about the program."""
    if measured.hang.is_stuck or (measured.hang.has_cycle and measured.run.end_reason != "exit"):
        return VerdictKind.DEADLOCK
    kind = _kind_of_process(measured, facts)
    if _is_loop_blocked(measured, facts, kind):
        return VerdictKind.EVENT_LOOP_BLOCKED
    if kind in TROUBLE:
        return _kind_of_trouble(measured, facts, kind)
    if facts.others_work:
        return VerdictKind.ELSEWHERE
    if kind is VerdictKind.UNCLEAR and is_cpu_full(measured, facts):
        return VerdictKind.CPU_FULL
    if failed_at_once(measured.run):
        return VerdictKind.FAILED
    if kind is VerdictKind.NO_GIL and measured.without_gil is not None:
        return kind_without_gil(measured.without_gil, measured.run, facts)
    return _kind_of_rest(measured, facts) if kind is VerdictKind.UNCONTENDED else kind


def _kind_of_trouble(measured: Measured, facts: Facts, kind: VerdictKind) -> VerdictKind:
    """What makes threads wait for the GIL, where it is not what they compute."""
    if measured.spin is not None and kind in _TURNS:
        return VerdictKind.BUSY_WAIT
    if kind in _TURNS and is_due_to_machine(measured, facts):
        rest, may_be = _kind_of_rest(measured, facts), may_want_a_core(measured, facts)
        return VerdictKind.UNCLEAR if may_be and rest is not VerdictKind.CPU_FULL else rest
    return VerdictKind.GC_PAUSE if _is_collection(measured, kind) else kind


def _is_loop_blocked(measured: Measured, facts: Facts, kind: VerdictKind) -> bool:
    """Whether a loop, which has other things to do, is kept from them by its own callbacks.

    Where threads wait for the GIL, too, that must cost less; and where another loop does, that is
    late because of this one.
    """
    loop = measured.loop
    starved = (row.name for row in measured.threads if row.thread == facts.loop_thread)
    if kind is VerdictKind.EVENT_LOOP_STARVED and loop.thread not in starved:
        return False
    if loop.delayed_s <= 0 or loop.blocked_s < LOOP_WAIT_FRACTION * measured.run.rows_s:
        return False
    return kind not in TROUBLE or loop.blocked_s >= measured.rows_wait_s


def _kind_of_rest(measured: Measured, facts: Facts) -> VerdictKind:
    """What took the time of a program whose threads hardly waited for the GIL."""
    if is_cpu_full(measured, facts):
        return VerdictKind.CPU_FULL
    if is_idle(measured.run, facts.busy_s):
        return VerdictKind.IDLE
    where = facts.asleep
    if where is None or where.kind is not OffKind.LOCK or where.is_for_signal:
        return VerdictKind.UNCONTENDED
    waited_long = where.longest_s >= LOCK_WAIT_SHARE * measured.run.rows_s
    return VerdictKind.LOCK_BOUND if waited_long else VerdictKind.UNCONTENDED


def _kind_of_process(measured: Measured, facts: Facts) -> VerdictKind:
    gil = measured.gil
    if ran_without_gil(measured):
        return VerdictKind.NO_GIL
    if not gil.acquires and not gil.wait_s:
        return VerdictKind.EMPTY
    program_wait_s = measured.rows_wait_s - measured.coreless_wait_s  # the rest: for the machine
    by_program = program_wait_s / measured.rows_wait_s if measured.rows_wait_s > 0 else 1.0
    contended = gil.contended_fraction * by_program >= GOOD_CONTENDED_FRACTION
    doubtful = are_stalls_doubtful(measured, facts)
    longest_s = measured.stalls[0].stall_s if measured.stalls and not doubtful else 0.0
    if not contended and longest_s < LONG_STALL_S:
        return VerdictKind.UNCLEAR if may_be_contended(measured, facts) else VerdictKind.UNCONTENDED
    if not contended:
        return VerdictKind.STALL
    if facts.loop_wait_s > 0 and facts.loop_wait_s >= LOOP_WAIT_FRACTION * measured.run.rows_s:
        return VerdictKind.EVENT_LOOP_STARVED
    if longest_s >= LEAST_LONGEST_S and measured.late_wait_s >= STALL_SHARE * program_wait_s:
        return VerdictKind.STALL
    return VerdictKind.CONVOY if facts.convoy else VerdictKind.CPU_BOUND


def _is_collection(measured: Measured, kind: VerdictKind) -> bool:
    """Whether the collector is to blame; of few, long pauses, whether the longest is its own."""
    if measured.gc_wait_s >= GC_SHARE * measured.rows_wait_s > 0:
        return True
    rare = measured.gil.contended_fraction < GOOD_CONTENDED_FRACTION
    return kind is VerdictKind.STALL and rare and is_collection(measured.stalls[0].line)


def ran_without_gil(measured: Measured) -> bool:
    gil = measured.gil
    fleeting = max(gil.held_fraction, gil.contended_fraction) < FLEETING_FRACTION
    return not measured.run.gil_enabled and (fleeting or not gil.acquires)
