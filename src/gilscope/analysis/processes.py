"""All processes of a recording: what each did with its GIL, and which of them the report is about.

A GIL belongs to one process, so fractions are never added up over several. The program's answer is
that of the process in which waiting for the GIL cost most; or, if that is the trouble in none, of
one that a lock, a deadlock or its own event loop holds up.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from gilscope.analysis.analyze import analyze
from gilscope.analysis.beginnings import beginnings_of
from gilscope.analysis.closer import look_closer, stands_for_run
from gilscope.analysis.model import VerdictKind
from gilscope.analysis.processnames import is_helper, process_names
from gilscope.analysis.purpose import is_in
from gilscope.analysis.ran import UNFINISHED
from gilscope.analysis.surroundings import Place, surroundings_of
from gilscope.analysis.unrecorded import Unrecorded, cpu_ns, unrecorded
from gilscope.analysis.verdict import GOOD_CONTENDED_FRACTION, TROUBLE
from gilscope.analysis.wholerun import Sums, sums_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from gilscope.analysis.collection import Collection
    from gilscope.analysis.model import Analysis
    from gilscope.trace import Trace


# What holds a process up, beside its GIL, and is found in its own threads.
HELD_UP = frozenset({VerdictKind.DEADLOCK, VerdictKind.LOCK_BOUND, VerdictKind.EVENT_LOOP_BLOCKED})
LEAST_HELD_UP_S = 0.5
# Of the run of who waits for its children: a shorter child does not say why it took long.
LEAST_OF_WAITING = 0.5
# Where a process waits for one that it has started.
_WAITS_FOR_CHILD = {
    ("multiprocessing/popen_fork.py", "Popen.poll"),
    ("subprocess.py", "Popen._try_wait"),
}


@dataclass(frozen=True, slots=True)
class Process:
    """One recorded process. Seconds; `start_s` counts from the start of the recording.

    `host` is empty where it is not known. `began` is "launch", "fork", "spawn" (a Python of its
    own), "exec" (the same process became another program), "record" (from within) or "environment"
    (by GILSCOPE_RECORD). `hold_s` and
    `wait_s` are sums over its threads and its GILs. `cpu_s` is of the whole process, None where
    nobody knows it. `analysis` is None where waits are too short to matter. `whole` is that of the
    whole run where `analysis` is of a window that stands for it.
    """

    process: int
    pid: int
    parent_pid: int
    host: str  # empty where the trace does not say it
    program: str
    began: str
    start_s: float
    wall_s: float
    end_reason: str
    exit_status: int | None
    cpu_s: float | None
    hold_s: float
    wait_s: float
    threads: int
    analysis: Analysis | None
    whole: Analysis | None = None

    @property
    def has_trouble(self) -> bool:
        return self.analysis is not None and self.analysis.verdict.kind in TROUBLE

    @property
    def is_unknown(self) -> bool:
        """It has not let go of the GIL yet, and what it does is not in the trace before."""
        return self.end_reason == UNFINISHED and not self.hold_s and not self.wait_s

    @property
    def is_unclear(self) -> bool:
        """It lacked cores, and what it would have done with them is not known."""
        unclear = VerdictKind.UNCLEAR
        return self.analysis is not None and self.analysis.verdict.kind is unclear

    @property
    def is_held_up(self) -> bool:
        """By something else than its GIL."""
        return self.analysis is not None and self.analysis.verdict.kind in HELD_UP

    @property
    def waits_for_children(self) -> bool:
        """That is what it does most of the time, and it has no trouble of its own."""
        if self.analysis is None or self.analysis.verdict.kind is not VerdictKind.UNCONTENDED:
            return False
        asleep = self.analysis.verdict.facts.asleep
        inside = asleep.inside if asleep is not None else None
        return inside is not None and is_in(inside.file, inside.function, _WAITS_FOR_CHILD)


@dataclass(frozen=True, slots=True)
class Program:
    """All processes of a recording, in the order in which they began.

    `focus` is the one that the report is about. `unrecorded` are those that were seen, and not
    recorded; `unlisted` counts those that were too many to be listed.
    """

    processes: tuple[Process, ...]
    focus: Process
    was_chosen: bool = False  # by the reader
    collection: Collection | None = None  # of the traces that it was put together from
    unrecorded: tuple[Unrecorded, ...] = ()
    unlisted: int = 0

    @property
    def hosts(self) -> tuple[str, ...]:
        return tuple(sorted({each.host for each in self.processes}))

    @property
    def analysis(self) -> Analysis:
        assert self.focus.analysis is not None
        return self.focus.analysis

    def of_whole_runs(self) -> Program:
        """Return the same of whole runs, where windows stand for them; a reader's window stays."""
        if all(each.whole is None for each in self.processes):
            return self
        wholes = {
            each.process: each if each.whole is None else replace(each, analysis=each.whole)
            for each in self.processes
        }
        return replace(
            self,
            processes=tuple(wholes[each.process] for each in self.processes),
            focus=wholes[self.focus.process],
        )


def analyze_program(
    trace: Trace,
    *,
    only: int | None = None,
    progress: Callable[[float], None] | None = None,
) -> Program:
    """Analyse each process that may be held up, and the first one in any case.

    `only` is the number of a process that the report is to be about; without it, that is the one in
    which waiting for the GIL cost most, or one that something else holds up. `progress` is called
    with the fraction done, 0 to 1.
    """
    report = progress or (lambda _: None)
    names, beginnings = process_names(trace.processes), beginnings_of(trace.processes)
    total = sum(1 + each.hold_count() for each in trace.processes)
    found: list[Process] = []
    done = 0
    for each in trace.processes:
        share = 1 + each.hold_count()
        place = _place(each, trace, names[each.process], beginnings[each.process])
        part = _part_of(report, done / total, share / total)
        must = each.process in (0, only)
        found.append(look_at(each, place, must_analyze=must, progress=part))
        done += share
    processes = tuple(found)
    return Program(
        processes,
        focus_of(processes, only),
        was_chosen=only is not None,
        unrecorded=unrecorded(trace),
        unlisted=trace.strangers.unlisted,
    )


def _part_of(report: Callable[[float], None], done: float, share: float) -> Callable[[float], None]:
    return lambda part: report(done + part * share)


def _matters(trace: Trace, sums: Sums) -> bool:
    """Waits that add up to less fill no share of the run, nor of a window, that is worth a word.

    What else may hold a process up is known only by its analysis, and takes a while.
    """
    if trace.end_ns >= LEAST_HELD_UP_S * 1e9 or len(trace.open):
        return True
    return sums.wait_ns >= GOOD_CONTENDED_FRACTION * max(1, trace.end_ns)


def _place(trace: Trace, first: Trace, name: str, began: str) -> Place:
    begin_ns = trace.meta.start_monotonic_ns - first.meta.start_monotonic_ns
    return Place(
        number=trace.process,
        name=name,
        began=began,
        start_s=max(0, begin_ns) / 1e9,
        host=trace.meta.host,
        surroundings=surroundings_of(trace),
    )


def look_at(
    trace: Trace,
    place: Place,
    *,
    must_analyze: bool,
    progress: Callable[[float], None] | None = None,
) -> Process:
    """Say what one process did; how its threads waited only where that matters, or must be."""
    meta, sums = trace.meta, sums_of(trace)
    analysis = whole = None
    if must_analyze or _matters(trace, sums):
        whole = analyze(trace, progress=progress, surroundings=place.surroundings)
        analysis = look_closer(trace, whole)
    return Process(
        process=place.number,
        pid=meta.pid,
        parent_pid=meta.parent_pid,
        host=place.host,
        program=place.name,
        began=place.began,
        start_s=place.start_s,
        wall_s=trace.end_ns / 1e9,
        end_reason=meta.end_reason or UNFINISHED,
        exit_status=meta.exit_status,
        cpu_s=_cpu_s(trace),
        hold_s=sums.hold_ns / 1e9,
        wait_s=sums.wait_ns / 1e9,
        threads=len(trace.threads),
        analysis=analysis,
        whole=whole if analysis is not None and stands_for_run(analysis) else None,
    )


def _cpu_s(trace: Trace) -> float | None:
    used_ns = cpu_ns(trace)
    return used_ns / 1e9 if used_ns or trace.finished else None


def focus_of(processes: Sequence[Process], only: int | None) -> Process:
    """What a report is about: the chosen process, the one that is held up most, or the first."""
    if only is not None:
        return next(each for each in processes if each.process == only)
    first = next(each for each in processes if each.process == 0)
    worst = held_up_most(processes)
    if worst is None and first.waits_for_children:
        return _longest_child(first, processes)
    if worst is None or (first.is_held_up and not worst.has_trouble):
        return first
    return worst


def _longest_child(first: Process, processes: Iterable[Process]) -> Process:
    """Return the one whose end the first one waited for longest, if that is worth a look.

    Of many short ones, none says what took the time.
    """
    least_s = LEAST_OF_WAITING * first.wall_s
    known = (
        each
        for each in processes
        if each.analysis is not None
        and each is not first
        and each.wall_s >= least_s
        and not is_helper(each.program)
    )
    return max(known, key=lambda each: each.wall_s, default=first)


def held_up_most(processes: Iterable[Process]) -> Process | None:
    """Return the one that waited most for its GIL, if that holds any of them up.

    Or else one that something else holds up: a deadlock, or the one that lived longest.
    """
    some = [
        each
        for each in processes
        if each.has_trouble or (each.is_held_up and not is_helper(each.program))
    ]
    return max(some, key=_how_much, default=None)


def _how_much(process: Process) -> tuple[bool, bool, float]:
    analysis = process.analysis
    deadlocked = analysis is not None and analysis.verdict.kind is VerdictKind.DEADLOCK
    much_s = process.wait_s if process.has_trouble else process.wall_s
    return process.has_trouble, deadlocked, much_s
