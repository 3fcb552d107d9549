"""Where threads slept, in words: what took the time of a program that has no need of the GIL."""

from __future__ import annotations

from pathlib import PurePath
from typing import TYPE_CHECKING

from gilscope.analysis.model import OffKind
from gilscope.report.gil.calling import called, place
from gilscope.report.gil.told import Told, how_contended, of_the_run
from gilscope.words.numbers import counted, percent, seconds, whole
from gilscope.words.text import listed

if TYPE_CHECKING:
    from gilscope.analysis.model import Analysis, Asleep, Line
    from gilscope.words.places import Places

LEAST_SHARE = 0.05  # of the run: nobody would notice less
MOST_WITHOUT_CORE = 0.2  # of the run, that a thread had no core for: what it did says little
MOST = 0.5  # of the waiting at a line
RECORD_AGAIN = "Record it again while the computer has nothing else to do, or give it more cores."


def where_asleep(analysis: Analysis, places: Places) -> tuple[str, str]:
    """What threads did instead of needing the GIL, and what to do about it."""
    asleep = analysis.verdict.facts.asleep
    wall_s = max(analysis.run.rows_s, 1e-9)
    if asleep is None or asleep.longest_s < LEAST_SHARE * wall_s:
        ready_s = max((row.ready_s or 0.0 for row in analysis.threads), default=0.0)
        if ready_s >= MOST_WITHOUT_CORE * wall_s:
            return (
                f"threads could run, and had no core to run on, one of them for {seconds(ready_s)}",
                RECORD_AGAIN,
            )
        return (
            "the threads did little that needs it",
            "If the run took too long, another program, or another process, may say why.",
        )
    several = asleep.threads > 1
    who = f"{whole(asleep.threads)} threads" if several else "a thread"
    share = f"{'up to ' if several else ''}{percent(asleep.longest_s / wall_s)}"
    did, advice = _what_it_was(analysis, asleep, places)
    return f"{share} {of_the_run(analysis)}, {who} {did}", advice


def _what_it_was(analysis: Analysis, asleep: Asleep, places: Places) -> tuple[str, str]:
    """What kept threads, where, and what to do about it."""
    where = called(asleep.line, asleep.inside, places)
    if asleep.kind is OffKind.LOCK and asleep.is_semaphore:
        advice = "Do less between taking and releasing it, or let more threads pass at a time."
        return f"waited for a semaphore at {where}", advice
    if asleep.is_lock_of_processes or (asleep.kind is OffKind.LOCK and not asleep.is_for_signal):
        of_processes = " of several processes" if asleep.is_lock_of_processes else ""
        advice = "Do less while that lock is held: what blocks or takes long belongs outside of it."
        return f"waited for a lock{of_processes} at {where}", advice
    teller = _who_ended_it(analysis) if asleep.is_for_signal else None
    if teller is not None:
        told_at = place(teller, places)
        advice = (
            f"What {told_at} does, or waits for, takes the time: shorten it, or let more threads do"
            " it at the same time."
        )
        return f"waited to be notified at {where}, by a thread that was at {told_at}", advice
    did = "waited to be notified" if asleep.kind is OffKind.LOCK else _blocked(asleep)
    still = ", and still in the end" if asleep.still else ""
    also = ""
    if asleep.also:
        also = f" (others as long at {listed([place(line, places) for line in asleep.also])})"
    return f"{did} at {where}{still}{also}", _of_what_it_waits_for(analysis, asleep, places)


def _of_what_it_waits_for(analysis: Analysis, asleep: Asleep, places: Places) -> str:
    where = place(asleep.line, places)
    if asleep.still:
        never = f"If it should have gone on: what {where} waits for had not come."
        if asleep.is_for_process:
            return (
                f"{never} A process whose output nobody reads stops when the pipe is full:"
                " `communicate()` reads it while it waits."
            )
        return f"{never} Give that call a timeout, and look at who was to answer."
    if asleep.is_for_process:
        takes = f"What the process does that {where} waits for takes the time: shorten it"
        several = "let several of them run at the same time"
        return f"{takes}, or {_only_once(asleep) or several}."
    more = "more threads" if _has_loop(analysis) else "more threads or asyncio"
    several = f"let {more} wait at the same time"
    return (
        f"What {where} waits for takes the time (I/O, a timer, another process): shorten it, or"
        f" {_only_once(asleep) or several}."
    )


def _only_once(asleep: Asleep) -> str:
    """Say what else there is to do where a thread waits a single time; empty: it does again."""
    return "do something else meanwhile" if asleep.times == 1 else ""


def _blocked(asleep: Asleep) -> str:
    return "were each blocked" if asleep.threads > 1 else "was blocked"


def _has_loop(analysis: Analysis) -> bool:
    """Whether an event loop waited for something to do: the program is asyncio, or the like."""
    rows = (row for thread in analysis.threads for row in thread.blocked)
    idle = (row.inside or row.line for row in rows if row.kind is OffKind.IDLE)
    return any(PurePath(line.file).name == "selectors.py" for line in idle)


def _what_is_had(analysis: Analysis) -> str:
    asleep = analysis.verdict.facts.asleep
    return "semaphore" if asleep is not None and asleep.is_semaphore else "lock"


def _who_had_the_lock(analysis: Analysis, places: Places) -> str:
    """Name the line at which those were who had it, for most of that waiting; empty: not known."""
    where, asleep = _who_ended_it(analysis), analysis.verdict.facts.asleep
    if asleep is not None and where == asleep.line:  # there it wants the lock again
        return ""
    who = "a" if asleep is not None and asleep.is_semaphore else "the"
    return f", while {who} thread that had it was at {place(where, places)}" if where else ""


def _who_ended_it(analysis: Analysis) -> Line | None:
    """Return where those were meanwhile who ended most of the waiting for locks, or signals."""
    asleep = analysis.verdict.facts.asleep
    mine = [each for each in analysis.locks if asleep and each.waiter == asleep.line]
    mine = [each for each in mine if not each.purpose]
    known = [each for each in mine if each.owner is not None]
    if not known or known[0].wait_s < MOST * sum(each.wait_s for each in mine):
        return None
    return known[0].owner


def cpu_full(analysis: Analysis, _: Places) -> Told:
    run, facts = analysis.run, analysis.verdict.facts
    return Told(
        f"The processor is full, the GIL is not the problem: the program used"
        f" {seconds(facts.cpu_s)} of CPU time in {seconds(run.wall_s)} on"
        f" {counted(run.cores, 'core')}, {seconds(facts.computing_s)} of it without the GIL.",
        how_contended(analysis),
        ("More threads do not help: less work does, or a machine with more cores.",),
    )


def lock_bound(analysis: Analysis, places: Places) -> Told:
    waited, advice = where_asleep(analysis, places)
    owner = _who_had_the_lock(analysis, places)
    return Told(
        f"A {_what_is_had(analysis)} holds the program up, not the GIL: {waited}{owner}.",
        how_contended(analysis),
        (advice,),
    )


def idle(analysis: Analysis, places: Places) -> Told:
    run = analysis.run
    busy = percent(analysis.verdict.facts.busy_s / max(run.rows_s, 1e-9))
    threads = counted(len(analysis.threads), "thread")
    did = f"Of {threads}, none did anything else for more than {busy} {of_the_run(analysis)}."
    last = min(analysis.open_locks, key=lambda row: row.since_s, default=None)
    if last is None or not analysis.verdict.facts.nobody_was_awake:
        return Told(
            "The program was idle: its threads waited for something to do.",
            did,
            ("Record it while it has work.",),
        )
    advice = (
        f"If it should have gone on: {last.thread} was the last one to wait, at"
        f" {place(last.line, places)}. Look for the thread that was to tell it."
    )
    return Told(
        "The program was idle: in the end all of its threads waited, without a timeout, for what"
        " only a signal could have told them.",
        did,
        (advice,),
    )
