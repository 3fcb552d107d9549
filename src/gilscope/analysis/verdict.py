"""The conclusion: which kind of trouble the tables show, if any, with the numbers behind it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gilscope.analysis import wording
from gilscope.analysis.model import Verdict, VerdictKind

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gilscope.analysis.model import (
        BlameRow,
        GilTotals,
        PairRow,
        Run,
        StallRow,
        ThreadRow,
        VictimRow,
    )

# Below this share of the run nobody would notice: removing all waiting gains less than one gains
# by running the program again at another time of day.
GOOD_CONTENDED_FRACTION = 0.05
# A free-threaded Python turns its GIL on while it imports an extension module, and for good if that
# needs it: for good is most of a run, the imports at the start of one are a few hundredths.
FLEETING_FRACTION = 0.05
# A pause that people perceive, and many services promise to stay below: worth a verdict of its
# own, however rare.
LONG_STALL_S = 0.1
# When this much of all waiting is for calls that do not let go, shortening them is the remedy
# that does most; the rest of such waits (the switch interval before each stall) goes with it.
STALL_SHARE = 0.3
# Calls that do not let go are few: real ones account for nearly all stalled time. Where a busy
# machine interrupts Python code, a handful of instructions accounts for a half or so.
FEW_PLACES_SHARE = 0.8
# Other processes are worth a word from a tenth of all computing on, unless that is next to nothing.
OTHERS_SHARE = 0.1
LEAST_OTHERS_S = 0.1
# A program that fails within a second has hardly done more than to start.
AT_ONCE_S = 1.0
# Half of the stalled time spent off the CPU is far more than a machine with spare CPUs ever takes.
IDLE_SHARE = 0.5
# An event loop that waits this share of the run answers everybody late: the same 5 % as above,
# because every task of the loop pays it.
LOOP_WAIT_FRACTION = 0.05
# A thread that comes back from blocking calls needs the GIL for moments; one that is cut off by
# the switch interval holds for about all of it. A fifth is far from both.
BRIEF_HOLD_INTERVALS = 0.2
# A convoy's wait is about one switch interval, from half of one on (the holder had begun before).
CONVOY_WAIT_INTERVALS = 0.5
# The remedy for a convoy helps only its victims: they must be the greater part of the waiting.
CONVOY_SHARE = 0.5


@dataclass(frozen=True, slots=True)
class Facts:
    """The tables of an analysis, and what only the verdict needs."""

    run: Run
    gil: GilTotals
    threads: tuple[ThreadRow, ...]
    blame: tuple[BlameRow, ...]
    victims: tuple[VictimRow, ...]
    pairs: tuple[PairRow, ...]
    stalls: tuple[StallRow, ...]
    stall_count: int
    stall_wait_s: float  # thread-seconds waited in stalls
    stalled_s: float  # how long all stalls lasted
    stall_concentration: float  # the share of that, 0 to 1, which the worst few places account for
    loop_wait_s: Mapping[int, float]  # by thread: waited inside asyncio's event loop

    @property
    def cpu_s(self) -> float:
        """CPU time of the recorded process."""
        return sum(row.cpu_s for row in self.threads)

    @property
    def others_cpu_s(self) -> float:
        """Of the processes that it started, as far as it is known."""
        return self.run.children_cpu_s or 0.0


def judge(facts: Facts) -> Verdict:
    """Name the trouble that costs most and say what to do about it."""
    match kind_of(facts):
        case VerdictKind.EVENT_LOOP_STARVED:
            return wording.event_loop_starved(facts, _starved_loop(facts))
        case VerdictKind.CONVOY:
            return wording.convoy(facts, convoy_victims(facts))
        case kind:
            return _IN_WORDS[kind](facts)


_IN_WORDS = {
    VerdictKind.NO_GIL: wording.no_gil,
    VerdictKind.EMPTY: wording.empty,
    VerdictKind.FAILED: wording.failed,
    VerdictKind.ELSEWHERE: wording.elsewhere,
    VerdictKind.UNCONTENDED: wording.uncontended,
    VerdictKind.STALL: wording.stall,
    VerdictKind.CPU_BOUND: wording.cpu_bound,
}


def kind_of(facts: Facts) -> VerdictKind:
    """What happened in the recorded process; unless that says nothing about the program."""
    kind = _kind_of_process(facts)
    if kind not in (VerdictKind.NO_GIL, VerdictKind.EMPTY, VerdictKind.UNCONTENDED):
        return kind
    if others_work(facts):
        return VerdictKind.ELSEWHERE
    return VerdictKind.FAILED if failed_at_once(facts) else kind


def _kind_of_process(facts: Facts) -> VerdictKind:
    if ran_without_gil(facts):
        return VerdictKind.NO_GIL
    if not facts.gil.acquires and not facts.gil.wait_s:
        return VerdictKind.EMPTY
    contended = facts.gil.contended_fraction >= GOOD_CONTENDED_FRACTION
    credible = facts.stall_count and not machine_was_busy(facts)
    longest = facts.stalls[0].stall_s if facts.stalls and credible else 0.0
    if not contended:
        return VerdictKind.STALL if longest >= LONG_STALL_S else VerdictKind.UNCONTENDED
    if _starved_loop(facts) is not None:
        return VerdictKind.EVENT_LOOP_STARVED
    if credible and facts.stall_wait_s >= STALL_SHARE * facts.gil.wait_s:
        return VerdictKind.STALL
    if convoy_victims(facts):
        return VerdictKind.CONVOY
    return VerdictKind.CPU_BOUND


def ran_without_gil(facts: Facts) -> bool:
    gil = facts.gil
    fleeting = max(gil.held_fraction, gil.contended_fraction) < FLEETING_FRACTION
    return not facts.run.gil_enabled and (fleeting or not gil.acquires)


def others_work(facts: Facts) -> bool:
    """Whether processes that were not recorded did a part of the work that counts."""
    others_s = facts.others_cpu_s
    return others_s >= max(LEAST_OTHERS_S, OTHERS_SHARE * (others_s + facts.cpu_s))


def failed_at_once(facts: Facts) -> bool:
    return bool(facts.run.exit_status) and facts.run.wall_s < AT_ONCE_S


def idle_hold_s(facts: Facts) -> float:
    """How long threads held the GIL without running on a CPU, at least."""
    return sum(max(0.0, row.hold_s - row.cpu_s) for row in facts.threads)


def machine_was_busy(facts: Facts) -> bool:
    """Tell whether the system made the stalls, by giving the holder's CPU to other programs.

    That looks like a call that does not let go, but happens anywhere, and takes no CPU time.
    """
    anywhere = facts.stall_concentration < FEW_PLACES_SHARE
    return anywhere and idle_hold_s(facts) >= IDLE_SHARE * facts.stalled_s


def _starved_loop(facts: Facts) -> ThreadRow | None:
    rows = [row for row in facts.threads if row.thread in facts.loop_wait_s]
    worst = max(rows, key=lambda row: facts.loop_wait_s[row.thread], default=None)
    if worst is None:
        return None
    waited = facts.loop_wait_s[worst.thread]
    return worst if waited >= LOOP_WAIT_FRACTION * facts.run.wall_s else None


def convoy_victims(facts: Facts) -> tuple[ThreadRow, ...]:
    """Return the threads that pay about a switch interval for every brief need of the GIL.

    Empty unless most of the waiting is theirs, and others hold for as long as they are let.
    """
    interval = facts.run.switch_interval_s
    brief = [row for row in facts.threads if _is_brief(row, interval)]
    others = [row for row in facts.threads if row.acquires and not _is_brief(row, interval)]
    victims = [row for row in brief if _mean_wait_s(row) >= CONVOY_WAIT_INTERVALS * interval]
    if not any(row.longest_hold_s >= CONVOY_WAIT_INTERVALS * interval for row in others):
        return ()
    if sum(row.wait_s for row in victims) < CONVOY_SHARE * facts.gil.wait_s:
        return ()
    return tuple(sorted(victims, key=lambda row: -row.wait_s))


def _is_brief(row: ThreadRow, interval_s: float) -> bool:
    return 0 < row.hold_s < BRIEF_HOLD_INTERVALS * interval_s * row.acquires


def _mean_wait_s(row: ThreadRow) -> float:
    return row.wait_s / row.contended_acquires if row.contended_acquires else 0.0
