"""Threads that take longer to hand work on, to each other or to processes, than to do it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gilscope.analysis.handing import (
    LEAST_HANDING,
    handed_to_threads,
    hands_over,
    sent_to_processes,
)
from gilscope.words.numbers import percent

if TYPE_CHECKING:
    from gilscope.analysis.model import Analysis


def larger_tasks(analysis: Analysis) -> str | None:
    """Advise to hand over more work at a time, where that is what threads wait for."""
    share = handed_to_threads(analysis.blame)
    if not hands_over(analysis.blame):
        return None
    return (
        f"{percent(share)} of the waiting is for what hands work from thread to thread, not for the"
        " work: give each task more to do (many items at a time), or do small ones without a pool."
    )


def less_to_send(analysis: Analysis) -> str | None:
    """Advise to send processes less, where that is what costs: no process helps there."""
    share = sent_to_processes(analysis.blame)
    if share < LEAST_HANDING:
        return None
    return (
        f"{percent(share)} of the waiting is for what is pickled for other processes, or comes from"
        " them: send less, let them read it themselves, or share memory"
        " (`multiprocessing.shared_memory`)."
    )
