"""A convoy in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gilscope.analysis.model import VerdictKind
from gilscope.analysis.threadrows import asks_again_and_again, comes_back_at_once
from gilscope.report.gil.calling import called, place
from gilscope.report.gil.handing import larger_tasks, less_to_send
from gilscope.report.gil.told import Told, in_the_rows, somebody_waited
from gilscope.words.numbers import seconds, whole

if TYPE_CHECKING:
    from gilscope.analysis.model import Analysis, ThreadRow
    from gilscope.words.places import Places

SHORTER_INTERVAL = 0.1  # of the switch interval, as a thing to try


def convoy(analysis: Analysis, places: Places) -> Told:
    victims = [row for row in analysis.threads if row.thread in analysis.verdict.facts.convoy]
    victims.sort(key=lambda row: -row.wait_s)
    by = "another thread"
    if analysis.blame:
        by = called(analysis.blame[0].line, analysis.blame[0].inside, places)
    interval_s = analysis.run.switch_interval_s
    who = f"thread {victims[0].name}" if victims else "a thread"
    others = f" and {len(victims) - 1} more like it" if len(victims) > 1 else ""
    numbers = f"; {_brief_needs(victims[0])}" if victims else ""
    at_once = bool(victims) and comes_back_at_once(victims[0])
    call = "a call that hardly blocks" if at_once else "a blocking call"
    return Told(
        f"A convoy: {who}{others} needs the GIL only for moments, but when it comes back from"
        f" {call} it waits for {by}{in_the_rows(analysis.run)}.",
        f"{somebody_waited(analysis)}{numbers} (the switch interval is {seconds(interval_s)}).",
        to_who_may_poll(victims[0], analysis, places)
        if at_once
        else _advice(by, interval_s, less_to_send(analysis) or larger_tasks(analysis)),
    )


def _advice(by: str, interval_s: float, instead: str | None) -> tuple[str, ...]:
    return (
        instead or f"Move {by} to a process of its own.",
        (
            f"`sys.setswitchinterval({SHORTER_INTERVAL * interval_s:g})` shortens each of these"
            " waits, and costs the CPU-bound thread more switches."
        ),
    )


def who_may_poll(analysis: Analysis) -> ThreadRow | None:
    """Return who asks for the GIL again and again beside threads that compute, if there is one."""
    facts = analysis.verdict.facts
    if analysis.verdict.kind is VerdictKind.CONVOY:
        victims = (row for row in analysis.threads if row.thread in facts.convoy)
        return next(filter(comes_back_at_once, victims), None)
    takers = [row for row in analysis.threads if row.thread in facts.turn_takers]
    asking = [row for row in takers if asks_again_and_again(row)]
    return asking[0] if len(asking) < len(takers) and asking else None


def to_who_may_poll(victim: ThreadRow, analysis: Analysis, places: Places) -> tuple[str, ...]:
    """Whether it asks again and again, or does short I/O, cannot be told: to hurry may do harm."""
    lines = [*(row.line for row in victim.blocked), *(row.line for row in analysis.victims)]
    where = f" at {place(lines[0], places)}" if lines else ""
    return (
        (
            f"If {victim.name} only asks{where} whether something has happened (`time.sleep(0)`,"
            " `get_nowait`), its waiting costs nothing, and its asking costs the others: let it"
            " wait for that (`Event.wait`, `Queue.get`)."
        ),
        "If it does I/O that is so short, do more of it in each call.",
    )


def _brief_needs(row: ThreadRow) -> str:
    mean_s = row.wait_s / max(1, row.contended_acquires)
    return (
        f"{row.name} waited {whole(row.contended_acquires)} of {whole(row.acquires)} times,"
        f" {seconds(mean_s)} on average, {seconds(row.wait_s)} in all, while it held the GIL for"
        f" {seconds(row.hold_s)}"
    )
