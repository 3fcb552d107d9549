"""What a lab shows of a failing schedule: nothing of a thread that only starts and joins others."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gilscope.explore.results import Counterexample
    from gilscope.lab.kit.model import Interleaving

BOOKKEEPING = {"start", "join"}


def failing(shown: Interleaving) -> Counterexample | None:
    """The schedule without bookkeeping; None where no order failed."""
    found = shown.exploration.counterexample
    if found is None:
        return None
    events = tuple(each for each in found.events if each.operation not in BOOKKEEPING)
    failure = found.failure
    if failure.thread not in {each.thread for each in events}:
        failure = replace(failure, thread=None)
    return replace(found, events=events, failure=failure)
