"""The verdicts in words: plain sentences that say nothing the tables do not."""

from __future__ import annotations

from pathlib import PurePath
from typing import TYPE_CHECKING

from gilscope.analysis.model import Verdict, VerdictKind

if TYPE_CHECKING:
    from gilscope.analysis.model import BlameRow, Line, StallRow, ThreadRow
    from gilscope.analysis.verdict import Facts

# "Mostly": more than half.
_MOSTLY = 0.5
# A thread that waited a tenth as long as the one that waited most takes part in the turns; one that
# waited less was there at other times.
_LEAST_SHARE = 0.1
# Computing is what a program is about from this many cores on.
_MUCH = 0.2
# "Alone": so much of all holding that the other threads hardly ran Python.
_ALONE = 0.9


def no_gil(facts: Facts) -> Verdict:
    return Verdict(
        VerdictKind.NO_GIL,
        "There was no GIL to wait for: this Python ran free-threaded.",
        f"The program ran for {seconds(facts.run.wall_s)} without a GIL, but for moments in which"
        " extension modules were imported."
        if facts.gil.acquires
        else f"The program ran for {seconds(facts.run.wall_s)} without a GIL.",
        ("To see what the GIL would cost, run with PYTHON_GIL=1.",),
    )


def empty(facts: Facts) -> Verdict:
    return Verdict(
        VerdictKind.EMPTY,
        "Nothing was recorded.",
        f"The trace has no hold of the GIL in {seconds(facts.run.wall_s)}.",
        ("Record again, and let the program run for longer.",),
    )


def failed(facts: Facts) -> Verdict:
    status = facts.run.exit_status or 0
    how = f"with status {status}" if status > 0 else f"by signal {-status}"
    return Verdict(
        VerdictKind.FAILED,
        f"The program failed at once: it ended {how} after {seconds(facts.run.wall_s)}.",
        "What it did until then says nothing about the GIL.",
        ("Its own message says why; record it again when it works.",),
    )


def elsewhere(facts: Facts) -> Verdict:
    others_s, own_s = facts.others_cpu_s, facts.cpu_s
    part = "Most of the" if others_s > own_s else "Part of the"
    return Verdict(
        VerdictKind.ELSEWHERE,
        f"{part} work was done by other processes, which were not recorded: they used "
        f"{seconds(others_s)} of CPU time, the recorded one {seconds(own_s)}.",
        f"What the GIL costs them is not known. In the recorded one, {_lowered(_somebody(facts))}.",
        (
            (
                "Record one that works: run the task without its pool, or the server without worker"
                " processes and reloader."
            ),
            "`with gilscope.record(FILE)` inside a worker records that worker.",
        ),
    )


def others(facts: Facts) -> str:
    """A note beside a verdict about the recorded process."""
    return (
        f"processes that it started used {seconds(facts.others_cpu_s)} of CPU time,"
        " and were not recorded"
    )


def _lowered(sentence: str) -> str:
    return sentence[0].lower() + sentence[1:]


def uncontended(facts: Facts) -> Verdict:
    holds = sum(row.hold_s for row in facts.threads)
    top = max(facts.threads, key=lambda row: row.hold_s)
    computing = sum(row.computing_s for row in facts.threads)
    waited = "nobody waited" if not facts.gil.wait_s else "hardly anybody waited"
    held = f"the GIL was held {percent(facts.gil.held_fraction)} of the run"
    if facts.gil.held_fraction >= _MOSTLY:
        if top.hold_s >= _ALONE * holds:
            instead = f"thread {top.name} ran Python alone, and {waited} for it"
            advice = (
                "It is Python's own speed that counts here: a CPU profiler names the hot lines."
            )
        else:
            instead = f"threads ran Python at different times, and {waited} for another"
            advice = "Threads that do not overlap gain nothing: look for what makes them alternate."
    elif computing >= max(holds, _MUCH * facts.run.wall_s):
        instead = f"threads computed without it, {seconds(computing)} of CPU time, and {waited}"
        advice = "That work already runs in parallel: more threads help as long as there are cores."
    else:
        instead = f"the threads mostly slept or waited for other things, and {waited} for it"
        advice = "Waiting for I/O, locks or timers takes the time: threads or asyncio overlap it."
    return Verdict(
        VerdictKind.UNCONTENDED,
        f"The GIL is not the problem: {instead}.",
        f"{_somebody(facts)} (good: under 5 %); {held}.",
        (advice,),
    )


def cpu_bound(facts: Facts) -> Verdict:
    most_s = max((row.wait_s for row in facts.threads), default=0.0)
    busy = [row for row in facts.threads if row.wait_s > 0 and row.wait_s >= _LEAST_SHARE * most_s]
    summary = (
        f"{len(busy)} threads had Python to run, and only one could at a time"
        if len(busy) > 1
        else "Threads had Python to run at the same time, and only one could"
    )
    return Verdict(
        VerdictKind.CPU_BOUND,
        f"CPU-bound threads are taking turns: {summary}{_and_culprit(facts)}.",
        _waits(facts),
        (
            f"{_work(facts)} to processes (concurrent.futures.ProcessPoolExecutor).",
            "A free-threaded Python (such as python3.14t) runs such threads in parallel.",
        ),
    )


def stall(facts: Facts) -> Verdict:
    longest = facts.stalls[0]
    where = called(longest.line, longest.inside)
    times = f"{facts.stall_count} times" if facts.stall_count > 1 else "once"
    return Verdict(
        VerdictKind.STALL,
        f"A call does not let go of the GIL: {where} made {_waiters(longest)} wait "
        f"{seconds(longest.stall_s)} after it was asked to.",
        f"{_somebody(facts)}; it went on for {seconds(longest.hold_s)} in thread "
        f"{longest.thread}, and such stalls happened {times}, which is "
        f"{seconds(facts.stall_wait_s)} of the {seconds(facts.gil.wait_s)} waited in all.",
        (
            (
                f"Give {place(longest.line)} less to do at once: Python lets go of "
                "the GIL between calls, not inside one."
            ),
            "Run that call in another process, or use a library that releases the GIL for it.",
        ),
    )


def convoy(facts: Facts, victims: tuple[ThreadRow, ...]) -> Verdict:
    top = victims[0]
    culprit = facts.blame[0] if facts.blame else None
    by = blamed(culprit) if culprit else "another thread"
    mean = top.wait_s / max(1, top.contended_acquires)
    others = f" and {len(victims) - 1} more like it" if len(victims) > 1 else ""
    interval = seconds(facts.run.switch_interval_s)
    shorter = facts.run.switch_interval_s / 10
    return Verdict(
        VerdictKind.CONVOY,
        f"A convoy: thread {top.name}{others} needs the GIL only for moments, but when it comes "
        f"back from a blocking call it waits for {by}.",
        f"{_somebody(facts)}; {top.name} waited {top.contended_acquires:,} of {top.acquires:,} "
        f"times, {seconds(mean)} on average, {seconds(top.wait_s)} in all, while it held the GIL "
        f"for {seconds(top.hold_s)} (the switch interval is {interval}).",
        (
            f"Move {by} to a process of its own.",
            (
                f"sys.setswitchinterval({shorter:g}) shortens each of these waits, and costs the "
                "CPU-bound thread more switches."
            ),
        ),
    )


def event_loop_starved(facts: Facts, loop: ThreadRow | None) -> Verdict:
    assert loop is not None
    waited = facts.loop_wait_s[loop.thread]
    pairs = [pair for pair in facts.pairs if pair.victim == loop.name]
    culprit = pairs[0] if pairs else None
    inside = {row.line: row.inside for row in facts.blame}
    by = (
        f"{called(culprit.culprit_line, inside.get(culprit.culprit_line))} "
        f"in thread {culprit.culprit}"
        if culprit
        else "other threads"
    )
    share = percent(waited / facts.run.wall_s)
    return Verdict(
        VerdictKind.EVENT_LOOP_STARVED,
        f"The event loop is starved: {by} kept asyncio in thread {loop.name} from running.",
        f"The loop waited {seconds(waited)} for the GIL, {share} of the run (good: under 5 %), "
        f"99 % of its waits were below {seconds(loop.wait_p99_s)}, the longest was "
        f"{seconds(loop.longest_wait_s)}.",
        (
            f"Run {by} in a process pool: loop.run_in_executor(ProcessPoolExecutor(), ...).",
            (
                "A thread pool (run_in_executor(None), asyncio.to_thread) does not help CPU-bound "
                "Python: its threads share the loop's GIL."
            ),
        ),
    )


def seconds(value: float) -> str:
    """Write a duration with two or three digits and a fitting unit."""
    for unit, size in (("s", 1.0), ("ms", 1e-3), ("µs", 1e-6)):
        if value >= 0.9995 * size:
            number = value / size
            return f"{number:.1f} {unit}" if number < 99.95 else f"{number:,.0f} {unit}"
    return f"{value / 1e-9:.0f} ns" if value > 0 else "0 s"


def percent(fraction: float) -> str:
    if 0 < fraction < 0.001:
        return "under 0.1 %"
    return f"{fraction * 100:.1f} %" if fraction < 0.0995 else f"{fraction * 100:.0f} %"


def place(line: Line) -> str:
    """Name a line as in `app.py:41`, or by its function where no file is known."""
    if not line.file:
        return line.function
    name = PurePath(line.file).name or line.file
    return f"`{name}:{line.line}`" if line.line else f"`{name}`"


def called(line: Line, inside: Line | None) -> str:
    """Name a line, and what ran in the library that it called."""
    return place(line) + (f" (in {place(inside)})" if inside else "")


def blamed(row: BlameRow) -> str:
    return called(row.line, row.inside)


def _somebody(facts: Facts) -> str:
    fraction = percent(facts.gil.contended_fraction)
    if not facts.gil.wait_s:
        return "Nobody waited for the GIL at any time"
    return f"Somebody waited for the GIL during {fraction} of the run"


def _waits(facts: Facts) -> str:
    return (
        f"{_somebody(facts)} (good: under 5 %); all waits add up to {seconds(facts.gil.wait_s)}, "
        f"and there was Python to run for about {_cores(facts):.1f} cores."
    )


def _waiters(row: StallRow) -> str:
    return f"{row.waiters} threads" if row.waiters > 1 else "another thread"


def _wanted(row: ThreadRow) -> float:
    return row.hold_s + row.wait_s


def _cores(facts: Facts) -> float:
    return sum(map(_wanted, facts.threads)) / max(facts.run.wall_s, 1e-9)


def _and_culprit(facts: Facts) -> str:
    """Name what cost most, and whom, if one thread bore the greater part of it."""
    if not facts.blame:
        return ""
    row = facts.blame[0]
    return f"; {blamed(row)} cost the others {seconds(row.caused_wait_s)}"


def _work(facts: Facts) -> str:
    """Name the function to move, where one can be named."""
    work = f"work for about {_cores(facts):.1f} cores"
    for row in facts.blame:
        if row.line.file and not row.line.file.startswith("<"):
            return f"Move `{row.line.function}` ({work})"
    return f"Move the work ({work})"
