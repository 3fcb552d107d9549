"""A run without a GIL in words: what held it up, or how well it used the cores."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gilscope.analysis.gillessrows import LockKind
from gilscope.analysis.machine import fills_all_cores
from gilscope.analysis.model import VerdictKind
from gilscope.report.gil.calling import called, place
from gilscope.report.gil.switched import way_back, who_turned_it_on
from gilscope.report.gil.told import Told, of_the_run
from gilscope.words.numbers import counted, decimal, percent, seconds, whole

if TYPE_CHECKING:
    from collections.abc import Callable

    from gilscope.analysis.gillessrows import ContendedRow
    from gilscope.analysis.model import Analysis, WithoutGil
    from gilscope.words.places import Places

# Of all waiting for locks: what is said of the worst place is said of most.
MOST = 0.5

WHOSE = {
    LockKind.LOCK: "a lock",
    LockKind.DICT: "the lock of a dict",
    LockKind.LIST: "the lock of a list",
    LockKind.SET: "the lock of a set",
    LockKind.OBJECT: "the lock of an object",
}
UNSEEN = (
    "Not seen: spinning before a thread blocks, and cores that take memory from each other;"
    " both count as CPU time."
)


def tell_without_gil(analysis: Analysis, places: Places) -> Told | None:
    """Say it, if there was no GIL, and the verdict is one that such a run can have."""
    without, sentences = analysis.without_gil, SENTENCES.get(analysis.verdict.kind)
    return sentences(analysis, without, places) if without and sentences else None


def ran_without_gil(analysis: Analysis, _: Places) -> Told:
    """Say of a run without one what is known without its locks."""
    if analysis.run.gil_enabled_by:
        cause = who_turned_it_on(analysis.run)
        return Told(
            "The GIL is not the problem: it was off, or hardly held.",
            f"It was held {percent(analysis.gil.held_fraction)} {of_the_run(analysis)}."
            f" But {cause}.",
            (f"{way_back(analysis.run)}.",),
        )
    moments = ", but for moments in which extension modules were imported"
    return Told(
        "There was no GIL to wait for: this Python ran free-threaded.",
        f"The program ran for {seconds(analysis.run.wall_s)} without a GIL"
        f"{moments if analysis.gil.acquires else ''}.",
        ("To see what the GIL would cost, run with PYTHON_GIL=1.",),
    )


def _cores(analysis: Analysis, without: WithoutGil) -> str:
    run = analysis.run
    return (
        f"Its threads used {decimal(without.cores_used)} of {counted(run.cores, 'core')}"
        f" on average, {seconds(analysis.verdict.facts.cpu_s)} of CPU time in"
        f" {seconds(run.rows_s)}"
    )


def _others(without: WithoutGil) -> str:
    parts = [f"waited {seconds(without.wait_s)} for locks"] if without.wait_s else []
    if without.stopped_s:
        parts.append(f"were stopped for {seconds(without.stopped_s)}")
    if without.ready_s:
        parts.append(f"had no core for {seconds(without.ready_s)}")
    return f"they {', '.join(parts or ['waited for no lock'])}"


def _evidence(analysis: Analysis, without: WithoutGil) -> str:
    return f"{_cores(analysis, without)}; {_others(without)}. {UNSEEN}"


def _scales(analysis: Analysis, without: WithoutGil, _: Places) -> Told:
    return Told(
        "There was no GIL, and the threads computed beside each other:"
        f" {decimal(without.cores_used)} of {counted(analysis.run.cores, 'core')} were in use.",
        _evidence(analysis, without),
        ("More threads help as long as there are cores.",),
    )


def _lock_bound(analysis: Analysis, without: WithoutGil, places: Places) -> Told:
    costly = [row for row in without.contended if not row.purpose]
    if not costly:
        summary = "A lock holds the program up; there was no GIL."
        return Told(summary, _evidence(analysis, without), ())
    worst = costly[0]
    mine = [row for row in costly if (row.line, row.kind) == (worst.line, worst.kind)]
    wait_s = sum(row.wait_s for row in mine)
    ended = ""
    if worst.ended_at is not None and worst.wait_s >= MOST * wait_s:
        same = worst.ended_at == worst.line
        ended = f", for threads that were {'there, too' if same else _at(worst, places)}"
    return Told(
        f"A lock holds the program up; there was no GIL: threads waited {seconds(wait_s)} for"
        f" {WHOSE[worst.kind]} at {called(worst.line, None, places)}{ended}.",
        _evidence(analysis, without),
        (_advice(worst, places),),
    )


def _at(row: ContendedRow, places: Places) -> str:
    assert row.ended_at is not None
    return f"at {place(row.ended_at, places)}"


def _advice(row: ContendedRow, places: Places) -> str:
    if row.kind is LockKind.LOCK:
        return "Do less while that lock is held: what blocks or takes long belongs outside of it."
    one = "object" if row.kind is LockKind.OBJECT else row.kind.value
    return (
        f"All threads change one {one} at {place(row.line, places)}: give each thread its own, and"
        " put them together at the end."
    )


def _stopped(analysis: Analysis, without: WithoutGil, places: Places) -> Told:
    if not without.stops:
        return Told("All threads were stopped.", _evidence(analysis, without), ())
    worst = without.stops[0]
    pauses = sum(row.pauses for row in without.stops)
    by = "the garbage collector" if worst.for_gc else called(worst.line, None, places)
    reach_s = sum(row.reach_s for row in without.stops)
    last = "" if worst.last is None else f", longest for {place(worst.last, places)}"
    return Told(
        f"All threads were stopped, {whole(pauses)} times, for {seconds(without.paused_s)} in all,"
        f" {percent(without.paused_s / max(analysis.run.rows_s, 1e-9))} {of_the_run(analysis)};"
        f" most of it by {by}, at most for {seconds(worst.longest_s)}.",
        f"{_cores(analysis, without)}; {_others(without)}. Until all had stopped,"
        f" {seconds(reach_s)} passed in all{last}.",
        (
            (
                "`gc.freeze()` once the program has loaded what it keeps, higher thresholds"
                " (`gc.set_threshold`), or fewer containers make the collector's pauses shorter or"
                " rarer."
            )
            if worst.for_gc
            else f"Call what {place(worst.line, places)} calls less often: it stops all threads.",
        ),
    )


def _cpu_full(analysis: Analysis, without: WithoutGil, _: Places) -> Told:
    run, facts = analysis.run, analysis.verdict.facts
    if fills_all_cores(run, facts.cpu_s):
        return Told(
            "The processor is full; there was no GIL: the threads used"
            f" {decimal(without.cores_used)} of {counted(run.cores, 'core')}.",
            _evidence(analysis, without),
            ("More threads do not help: less work does, or a machine with more cores.",),
        )
    return Told(
        "The threads had too few cores; there was no GIL: other programs, or a quota, left them"
        f" {decimal(without.cores_used)} of {counted(run.cores, 'core')}, and they could have run"
        f" for another {seconds(without.ready_s or 0.0)}.",
        _evidence(analysis, without),
        ("Record again while the machine has nothing else to do.",),
    )


def _idle(analysis: Analysis, without: WithoutGil, _: Places) -> Told:
    return Told(
        "The program was idle: its threads waited for something to do. There was no GIL.",
        _evidence(analysis, without),
        ("Record it while it has work.",),
    )


def _no_gil(analysis: Analysis, without: WithoutGil, _: Places) -> Told | None:
    if analysis.run.gil_enabled_by:
        return None
    if analysis.run.began == "attach":
        used = seconds(analysis.verdict.facts.cpu_s)
        return Told(
            "There was no GIL, and no thread was seen to be held up for long: the process used"
            f" {used} of CPU time in {seconds(analysis.run.wall_s)}.",
            "Threads that neither waited nor were stopped while gilscope was attached are not"
            " known, so how they used the cores is not known either.",
            ("To see all of them, start the program with `gilscope run`.",),
        )
    return Told(
        "There was no GIL, and little that its absence changes: on average"
        f" {decimal(without.cores_used)} cores were in use.",
        _evidence(analysis, without),
        (
            (
                "What threads slept for is not recorded without a GIL: to see it, and what the GIL"
                " would cost, run with PYTHON_GIL=1."
            ),
        ),
    )


SENTENCES: dict[VerdictKind, Callable[[Analysis, WithoutGil, Places], Told | None]] = {
    VerdictKind.SCALES: _scales,
    VerdictKind.LOCK_BOUND: _lock_bound,
    VerdictKind.STOPPED: _stopped,
    VerdictKind.CPU_FULL: _cpu_full,
    VerdictKind.IDLE: _idle,
    VerdictKind.NO_GIL: _no_gil,
}
