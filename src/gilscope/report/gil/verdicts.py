"""The verdicts in words: plain sentences that say nothing the tables do not."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gilscope.analysis.gc_ import is_collection
from gilscope.analysis.model import SamplerKind, VerdictKind
from gilscope.analysis.ran import UNFINISHED
from gilscope.report.gil.asleep import cpu_full, idle, lock_bound
from gilscope.report.gil.blocked import event_loop_blocked
from gilscope.report.gil.calling import called, place
from gilscope.report.gil.convoy import convoy, to_who_may_poll, who_may_poll
from gilscope.report.gil.deadlocks import deadlock
from gilscope.report.gil.elsewhere import elsewhere, others_in_brackets
from gilscope.report.gil.gains import gained, is_in_verdict, overruled
from gilscope.report.gil.gcpause import gc_pause
from gilscope.report.gil.gilless import ran_without_gil, tell_without_gil
from gilscope.report.gil.handing import larger_tasks, less_to_send
from gilscope.report.gil.instead import unclear, uncontended
from gilscope.report.gil.spinning import busy_wait
from gilscope.report.gil.switched import advice_without_gil, way_back, who_turned_it_on
from gilscope.report.gil.told import Told, in_the_rows, of_the_run, somebody_waited
from gilscope.words.numbers import counted, decimal, percent, seconds, whole

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from gilscope.analysis.model import Analysis, Line
    from gilscope.predict import Prediction
    from gilscope.words.places import Places

# They say so themselves.
TOLD_WHO_TURNED_IT_ON = (VerdictKind.CPU_BOUND, VerdictKind.NO_GIL)
# Work for fewer cores than this is not worth counting in cores.
LEAST_CORES = 1.1


def tell(analysis: Analysis, places: Places, prediction: Prediction | None = None) -> Told:
    """Say what the verdict is; with what would be gained, where that is known."""
    told = tell_without_gil(analysis, places) or SENTENCES[analysis.verdict.kind](analysis, places)
    if prediction is None or not is_in_verdict(analysis, prediction):
        return told
    if analysis.verdict.is_overruled:
        return overruled(told, analysis, places, prediction)
    return gained(told, analysis, places, prediction, advice_without_gil(analysis.run))


def notes(analysis: Analysis) -> Iterator[str]:
    """What a reader has to know beside the verdict, whichever it is."""
    facts, sampler = analysis.verdict.facts, analysis.run.sampler
    if analysis.run.began == "attach":
        yield (
            "it was attached to while it ran: what it did before, and threads that did nothing"
            " meanwhile, are not in this"
        )
    kernels = sum(row.of_kernel for row in analysis.threads)
    if kernels:
        yield (
            f"{counted(kernels, 'thread')} of the notebook's kernel served the notebook meanwhile;"
            " what they waited is not counted"
        )
    if analysis.run.gil_enabled_by and analysis.verdict.kind not in TOLD_WHO_TURNED_IT_ON:
        back = way_back(analysis.run)
        yield f"{who_turned_it_on(analysis.run)}: {back[0].lower()}{back[1:]}"
    if facts.others_work and analysis.verdict.kind is not VerdictKind.ELSEWHERE:
        yield (
            f"processes that it started{others_in_brackets(analysis)} used"
            f" {seconds(facts.others_cpu_s)} of CPU time,"
            " and were not recorded"
        )
    if facts.machine_was_busy and facts.coreless_s is not None:
        yield (
            f"the computer was busy: for {seconds(facts.coreless_s)} others waited for threads that"
            " had the GIL, and no core to run on"
        )
    elif facts.machine_was_busy:
        yield (
            f"the computer was busy: threads held the GIL for {seconds(facts.idle_hold_s)}"
            " without running, so stalls may be the system's doing, not the program's"
        )
    if sampler.kind is SamplerKind.UNAVAILABLE:
        reason = f" ({sampler.detail})" if sampler.detail else ""
        yield f"sampling was not possible{reason}: lines are those at which holds ended"


def _empty(analysis: Analysis, _: Places) -> Told:
    if analysis.run.end_reason == UNFINISHED:
        return Told(
            "Nothing is known yet.",
            f"The process has not let go of the GIL in {seconds(analysis.run.wall_s)},"
            " and still runs, or its end was lost. What it does is in the trace once it lets go.",
            ("Read the trace again later.",),
        )
    return Told(
        "Nothing was recorded.",
        f"The trace has no hold of the GIL in {seconds(analysis.run.wall_s)}.",
        ("Record again, and let the program run for longer.",),
    )


def _failed(analysis: Analysis, _: Places) -> Told:
    status = analysis.run.exit_status or 0
    how = f"with status {status}" if status > 0 else f"by signal {-status}"
    return Told(
        f"The program failed at once: it ended {how} after {seconds(analysis.run.wall_s)}.",
        "What it did until then says nothing about the GIL.",
        ("Its own message says why; record it again when it works.",),
    )


def _elsewhere(analysis: Analysis, _: Places) -> Told:
    return elsewhere(analysis)


def _cpu_bound(analysis: Analysis, places: Places) -> Told:
    facts = analysis.verdict.facts
    many = len(facts.turn_takers)
    summary = (
        f"{counted(many, 'thread')} had Python to run, and only one could at a time"
        if many > 1
        else "Threads had Python to run at the same time, and only one could"
    )
    if analysis.blame:
        worst = next((each for each in analysis.blame if not is_collection(each.line)), None)
        worst = worst or analysis.blame[0]
        culprit = called(worst.line, worst.inside, places)
        summary += f"; {culprit} cost the others {seconds(worst.caused_wait_s)}"
        summary += in_the_rows(analysis.run)
    cores = f"about {decimal(facts.wanted_cores)} cores" if facts.wanted_cores > LEAST_CORES else ""
    lines = (*facts.task, *(row.line for row in analysis.blame))
    work = next((f"`{line.function}`" for line in lines if _is_in_file(line)), "the work")
    moved = (
        f"Move {work}{f' (work for {cores})' if cores else ''} to processes"
        " (concurrent.futures.ProcessPoolExecutor)."
    )
    asks, first = who_may_poll(analysis), less_to_send(analysis) or larger_tasks(analysis)
    advice = (moved, advice_without_gil(analysis.run)) if first is None else (first,)
    return Told(
        f"CPU-bound threads are taking turns: {summary}.",
        f"{somebody_waited(analysis)} (good: under 5 %); all waits add up to"
        f" {seconds(analysis.gil.wait_s)}"
        f"{f', and there was Python to run for {cores}' if cores else ''}.",
        advice if asks is None else to_who_may_poll(asks, analysis, places),
    )


def _stall(analysis: Analysis, places: Places) -> Told:
    if not analysis.stalls:
        return Told("A call does not let go of the GIL.", f"{somebody_waited(analysis)}.", ())
    facts, longest = analysis.verdict.facts, analysis.stalls[0]
    waiters = counted(longest.waiters, "thread") if longest.waiters > 1 else "another thread"
    times = f"{whole(analysis.stall_count)} times" if analysis.stall_count > 1 else "once"
    of_waiting = f"the {seconds(analysis.gil.wait_s)} waited in all"
    if analysis.run.rows_from_s > 0:
        of_waiting = "the waiting of that time"
    return Told(
        f"A call does not let go of the GIL: {called(longest.line, longest.inside, places)} kept"
        f" {waiters} waiting for {seconds(longest.stall_s)} after it was asked to let go.",
        f"{somebody_waited(analysis)}; thread {longest.thread} held it for"
        f" {seconds(longest.hold_s)} at a stretch. Such stalls happened {times}"
        f"{in_the_rows(analysis.run)}, and account for"
        f" {seconds(facts.stall_wait_s)} of {of_waiting}.",
        (
            (
                f"Give {place(longest.line, places)} less to do at once: Python lets go of the GIL"
                " between calls, not inside one."
            ),
            less_to_send(analysis)
            or "Run that call in another process, or use a library that releases the GIL for it.",
        ),
    )


def _event_loop_starved(analysis: Analysis, places: Places) -> Told:
    facts = analysis.verdict.facts
    loop = next((row for row in analysis.threads if row.thread == facts.loop_thread), None)
    name = loop.name if loop else "?"
    culprit = next((pair for pair in analysis.pairs if pair.victim == name), None)
    by = "other threads"
    if culprit:
        inside = {row.line: row.inside for row in analysis.blame}.get(culprit.culprit_line)
        by = f"{called(culprit.culprit_line, inside, places)} in thread {culprit.culprit}"
    waits = (
        f", 99 % of its waits were below {seconds(loop.wait_p99_s)}, the longest was"
        f" {seconds(loop.longest_wait_s)}"
        if loop
        else ""
    )
    share = percent(facts.loop_wait_s / max(analysis.run.rows_s, 1e-9))
    of = "of that time" if analysis.run.rows_from_s > 0 else of_the_run(analysis)
    return Told(
        f"The event loop is starved: {by} kept it from running in thread {name}.",
        f"The loop waited {seconds(facts.loop_wait_s)} for the GIL"
        f"{in_the_rows(analysis.run)}, {share} {of} (good: under 5 %){waits}.",
        (
            less_to_send(analysis)
            or f"Run {by} in a process pool: `loop.run_in_executor(ProcessPoolExecutor(), ...)`.",
            (
                "A thread pool (`run_in_executor(None)`, `asyncio.to_thread`) does not help"
                " CPU-bound Python: its threads share the loop's GIL."
            ),
        ),
    )


SENTENCES: dict[VerdictKind, Callable[[Analysis, Places], Told]] = {
    VerdictKind.NO_GIL: ran_without_gil,
    VerdictKind.SCALES: ran_without_gil,
    VerdictKind.STOPPED: ran_without_gil,
    VerdictKind.EMPTY: _empty,
    VerdictKind.FAILED: _failed,
    VerdictKind.ELSEWHERE: _elsewhere,
    VerdictKind.UNCLEAR: unclear,
    VerdictKind.UNCONTENDED: uncontended,
    VerdictKind.DEADLOCK: deadlock,
    VerdictKind.CPU_FULL: cpu_full,
    VerdictKind.LOCK_BOUND: lock_bound,
    VerdictKind.IDLE: idle,
    VerdictKind.STALL: _stall,
    VerdictKind.BUSY_WAIT: busy_wait,
    VerdictKind.GC_PAUSE: gc_pause,
    VerdictKind.CPU_BOUND: _cpu_bound,
    VerdictKind.CONVOY: convoy,
    VerdictKind.EVENT_LOOP_STARVED: _event_loop_starved,
    VerdictKind.EVENT_LOOP_BLOCKED: event_loop_blocked,
}


def _is_in_file(line: Line) -> bool:
    return bool(line.file) and not line.file.startswith("<")
