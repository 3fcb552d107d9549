"""What a thread is about to do, and when it can go on to do it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from gilscope.explore.facts import ReasonKind
    from gilscope.explore.search.steps import Step


@dataclass(slots=True)
class Plan:
    """What a thread is about to do."""

    step: Step
    gate: Callable[[], bool] | None = None  # whether it can go on; None: always
    timeout_s: float | None = None
    on_time: object = None  # replaces the function called if time ran out; None: nothing does
    always: bool = False  # on_time replaces it in any case
    release: object = None  # a lock whose state decides what a release is
    wholly: bool = False  # an RLock is released however often it was taken
    takes: bool = True  # the lock, if the thread goes on before its time is out
    passes_on: bool = False  # it comes after all that was done to the object in this way before
    what: object = None  # the lock or queue that it waits for, or a Wait that says what else
    holder: int | None = None  # the thread whose end it waits for
    lets_go: bool = False  # it lets go of the GIL before it does anything: another can come first
    is_outside: Callable[[], bool] | None = None  # whether others than the program can let it go on
    refused: ReasonKind | None = None  # why this cannot be explored
    blocks: bool = False  # with the GIL, to begin to wait is a step of its own
    is_plain: bool = False  # accesses, and nothing of all this; perhaps what follows
    verb: str = ""  # for reports, where no instruction of the program says it
    noun: str = ""
