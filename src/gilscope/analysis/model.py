"""What an analysis says about a trace: the tables that every report renders and none computes."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from gilscope.analysis.gc_ import NOT_SEEN, Gc
from gilscope.analysis.gillessrows import WithoutGil
from gilscope.analysis.lockrows import Awaited, LockRow, OpenLockRow
from gilscope.analysis.looprows import NOT_BLOCKED, BlockedRow, BlockKind, LoopBlocks
from gilscope.analysis.offrows import Asleep, OffKind, OffRow
from gilscope.analysis.place import Line
from gilscope.analysis.ran import Run
from gilscope.analysis.shares import Timeline
from gilscope.analysis.spinrow import Spin
from gilscope.analysis.windows import Whole, Window
from gilscope.trace.meta import Sampler, SamplerKind
from gilscope.trace.strangers import Reason

__all__ = [
    "Analysis",
    "Asleep",
    "Awaited",
    "BlameRow",
    "BlockKind",
    "BlockedRow",
    "Facts",
    "Gc",
    "GilTotals",
    "Line",
    "LineSource",
    "LockRow",
    "LoopBlocks",
    "OffKind",
    "OffRow",
    "OpenLockRow",
    "OpenRow",
    "OtherProgram",
    "PairRow",
    "Reason",
    "Run",
    "Sampler",
    "SamplerKind",
    "Spin",
    "StallRow",
    "ThreadGroup",
    "ThreadRow",
    "Timeline",
    "Verdict",
    "VerdictKind",
    "VictimRow",
    "Whole",
    "Window",
    "WithoutGil",
]


class LineSource(StrEnum):
    """How a line of code came to be named."""

    SAMPLED = "sampled"  # seen running inside the hold while others waited
    RELEASE = "release"  # the line at which the hold ended


class VerdictKind(StrEnum):
    """The answer in one word."""

    UNCONTENDED = "uncontended"
    DEADLOCK = "deadlock"  # threads wait for each other's locks, and did not end by themselves
    CPU_FULL = "cpu-full"  # threads compute without the GIL on all cores of the machine
    LOCK_BOUND = "lock-bound"  # threads wait for a lock, and hardly for the GIL
    IDLE = "idle"  # no thread did anything but wait for what it is for
    CPU_BOUND = "cpu-bound"
    STALL = "stall"
    BUSY_WAIT = "busy-wait"  # a thread asks again and again whether something has happened
    GC_PAUSE = "gc-pause"  # the cyclic collector is what others wait for
    CONVOY = "convoy"
    EVENT_LOOP_STARVED = "event-loop-starved"
    EVENT_LOOP_BLOCKED = "event-loop-blocked"  # by its own callbacks, whoever has the GIL
    NO_GIL = "no-gil"  # there was none, and nothing of the following three is the case
    SCALES = "scales"  # without a GIL, threads computed beside each other
    STOPPED = "stopped"  # without a GIL, the interpreter stopped all threads for long, or often
    EMPTY = "empty"  # nothing was recorded
    FAILED = "failed"  # the program ended at once, with an error
    UNCLEAR = "unclear"  # threads had too few cores for what they did to say anything
    ELSEWHERE = "elsewhere"  # other processes work, which were not recorded


@dataclass(frozen=True, slots=True)
class GilTotals:
    """All GILs of the process together. Fractions are of `Run.wall_s`.

    `held_fraction` and `contended_fraction` are of the main interpreter's GIL when there is one,
    so that they never exceed 1; `wait_s` sums over all threads and may exceed the wall time.
    """

    held_fraction: float
    contended_fraction: float
    wait_s: float
    acquires: int
    contended_acquires: int
    forced_releases: int
    handover_s: float


@dataclass(frozen=True, slots=True)
class ThreadRow:
    """One thread. `off_gil_s` includes `handover_s`: hold + wait + off_gil = lifetime.

    `task` is the outermost function of the user's own that it ran, for most of the time that it
    held the GIL, without a line; None where that is not known. `blocked` are the lines at which it
    was without the GIL, longest first, without what is shorter than a thousandth of the run.
    `ready_s` is for how long it could have run, with the GIL or without, but no core was free for
    it, as far as that was seen; None where the kernel does not say. `waited_hold_s` is for how long
    it held the GIL after it had waited for it; None where a part of the run is not known.
    Of a thread that serves a notebook (`of_kernel`), waits count as time without the GIL.
    """

    thread: int
    name: str
    tid: int
    start_s: float
    lifetime_s: float
    hold_s: float
    wait_s: float
    off_gil_s: float
    handover_s: float
    cpu_s: float
    computing_s: float  # CPU time spent without the GIL
    acquires: int
    contended_acquires: int
    longest_hold_s: float
    longest_wait_s: float
    wait_p50_s: float  # over contended waits
    wait_p99_s: float
    timeline: Timeline
    task: Line | None = None
    blocked: tuple[OffRow, ...] = ()
    ready_s: float | None = None
    waited_hold_s: float | None = None
    of_kernel: bool = False


@dataclass(frozen=True, slots=True)
class ThreadGroup:
    """Threads whose names differ in numbers only, and that run the same: sums over all of them.

    `timeline` has the shares of the time that they existed, of those that have a timeline.
    """

    name: str  # with `#` for numbers
    task: Line | None
    threads: tuple[int, ...]
    hold_s: float
    wait_s: float
    longest_wait_s: float
    wait_p99_s: float  # over all contended waits of all of them
    timeline: Timeline


@dataclass(frozen=True, slots=True)
class BlameRow:
    """A line that made others wait, in thread-seconds; `fraction` is of all waiting."""

    line: Line
    caused_wait_s: float
    fraction: float
    line_source: LineSource
    longest_stall_s: float  # of the stalls that this line is named for; 0 if none
    inside: Line | None = None  # the library's line that ran, where this one called a library


@dataclass(frozen=True, slots=True)
class VictimRow:
    """A line that waited; `fraction` is of all waiting."""

    line: Line
    wait_s: float
    waits: int
    longest_wait_s: float
    fraction: float
    inside: Line | None = None  # the library's line that ran, where this one called a library


@dataclass(frozen=True, slots=True)
class PairRow:
    """Who cost whom: waiting of `victim` while `culprit` held the GIL. Thread names."""

    culprit: str
    culprit_line: Line
    victim: str
    wait_s: float


@dataclass(frozen=True, slots=True)
class StallRow:
    """A hold that went on after somebody had waited longer than the switch interval during it."""

    start_s: float  # when the hold began
    stall_s: float  # from the moment it should have ended to its end, while its thread had a core
    hold_s: float
    thread: str
    line: Line
    line_source: LineSource
    waiters: int
    inside: Line | None = None  # the library's line that ran, where this one called a library


@dataclass(frozen=True, slots=True)
class OpenRow:
    """A thread that held the GIL, or waited for it, when the recording ended."""

    thread: str
    holding: bool
    since_s: float  # how long it had been doing so
    line: Line


@dataclass(frozen=True, slots=True)
class OtherProgram:
    """Processes that run the same, and were not recorded for the same reason: sums over them."""

    program: str
    reason: Reason
    count: int
    cpu_s: float


@dataclass(frozen=True, slots=True)
class Facts:
    """What a verdict rests on beside the tables. Threads by their number in `Analysis.threads`."""

    cpu_s: float  # CPU time of the recorded process
    computing_s: float  # CPU time that its threads spent without the GIL
    others_cpu_s: float  # CPU time of processes that it started, as far as it is known
    others_work: bool  # they did a part of the work that counts
    others: tuple[OtherProgram, ...]  # by cpu_s, largest first: those that were seen
    others_unseen_s: float  # what is in others_cpu_s of processes, or moments, that were not seen
    idle_hold_s: float  # at least so long threads held the GIL without running on a CPU
    machine_was_busy: bool  # so that stalls may be the system's doing, not the program's
    wanted_cores: float  # how many cores the work with the GIL could have kept busy, at most
    turn_takers: tuple[int, ...]  # threads that waited about as long as the one that waited most
    stall_wait_s: float  # thread-seconds waited in stalls
    stalled_s: float  # how long all stalls lasted
    coreless_s: float | None  # how long they, or what looks like one, had no core; None: unknown
    stall_concentration: float  # the share of that, 0 to 1, which the worst few places account for
    task: tuple[Line, ...]  # what the thread is for that is blamed most, outermost first
    convoy: tuple[int, ...]  # threads that pay a switch interval for each brief need of the GIL
    loop_thread: int | None  # the thread of the event loop that waited most
    loop_wait_s: float  # how long it waited while it served
    asleep: Asleep | None = None  # where threads were blocked most; None: nowhere, or not known
    busy_s: float = 0.0  # how long the least idle thread was not idle: see purpose.py
    spin: Spin | None = None  # where a thread waits by asking again and again
    nobody_was_awake: bool = False  # in the end all threads waited, without a timeout


@dataclass(frozen=True, slots=True)
class Verdict:
    """The conclusion, and what it rests on; how it is said is a report's business.

    `otherwise` is what took the time if it was not waiting for the GIL. That is the `kind` if it
    `is_overruled`: by a prediction that the run would not have ended sooner without the GIL.
    """

    kind: VerdictKind
    facts: Facts
    otherwise: VerdictKind = VerdictKind.UNCONTENDED
    is_overruled: bool = False


@dataclass(frozen=True, slots=True)
class Analysis:
    """Everything that a report shows.

    If it is about a window, `window` says which, and all else is of that, with times from its
    beginning; `whole` says what it was cut from. `windows` are those of the whole run in which
    there was far more waiting than else, the worst first.
    """

    run: Run
    gil: GilTotals
    verdict: Verdict
    threads: tuple[ThreadRow, ...]
    blame: tuple[BlameRow, ...]  # by caused_wait_s, largest first
    victims: tuple[VictimRow, ...]  # by wait_s, largest first
    pairs: tuple[PairRow, ...]  # by wait_s, largest first
    stalls: tuple[StallRow, ...]  # by stall_s, largest first; the longest MAX_STALLS
    stall_count: int
    open: tuple[OpenRow, ...]
    groups: tuple[ThreadGroup, ...]  # of four threads or more, the most involved first
    warnings: tuple[str, ...]  # damage and gaps of the trace
    locks: tuple[LockRow, ...] = ()  # by wait_s, largest first
    open_locks: tuple[OpenLockRow, ...] = ()  # those of a cycle first, then by since_s
    gc: Gc = NOT_SEEN
    without_gil: WithoutGil | None = None  # None: it had one
    loop: LoopBlocks = NOT_BLOCKED
    windows: tuple[Window, ...] = ()
    window: Window | None = None
    whole: Whole | None = None
