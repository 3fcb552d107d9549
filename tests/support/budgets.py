"""Budgets that are exceeded, kept, or not known, built by hand."""

from __future__ import annotations

from dataclasses import replace

from gilscope.budget.checking import limit_of
from gilscope.budget.kinds import Kind
from gilscope.budget.outcome import Cause, Doubt, Found, Judged, Outcome, Place, Reason

PLACE = Place("parse", "app.py", 3, "worker-0")


def everything() -> tuple[Judged, ...]:
    """One in which no list is empty: that no real one is does not matter here."""
    first, _, last = every_kind()
    return (replace(first, doubts=last.doubts),)


def every_kind() -> tuple[Judged, ...]:
    """One of each outcome."""
    found = Found("max(stalls.stall_s)", Kind.SECONDS, 0.5, ">", 0.05, PLACE)
    total = Found("gil.wait_s", Kind.SECONDS, 28.3, ">", 0.1)
    cause = Cause(PLACE, "blame.caused_wait_s", 11.2)
    doubt = Doubt("without_gil.wait_s", Reason.NULL)
    return (
        Judged(
            limit_of("max(stalls.stall_s) > 50ms or gil.wait_s > 0.1"),
            Outcome.EXCEEDED,
            (found, total),
            2,
            (),
            (cause,),
        ),
        Judged(limit_of("gil.acquires > 1e9"), Outcome.PASSED),
        Judged(limit_of("without_gil.wait_s > 1s"), Outcome.UNKNOWN, doubts=(doubt,)),
    )
