"""What came of a budget: passed, exceeded by which figures, or not known and why."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from gilscope.budget.checking import Limit
    from gilscope.budget.kinds import Kind

Plain: TypeAlias = float | str | bool | None  # as JSON has it

EXCEEDED_STATUS = 4
UNKNOWN_STATUS = 5


class Outcome(StrEnum):
    """Of one condition, or of all of them."""

    PASSED = "passed"  # the condition is false
    EXCEEDED = "exceeded"  # it is true
    UNKNOWN = "unknown"  # a figure that decides is not known: that is not "passed"


STATUS = {
    Outcome.PASSED: 0,
    Outcome.EXCEEDED: EXCEEDED_STATUS,
    Outcome.UNKNOWN: UNKNOWN_STATUS,
}


class Reason(StrEnum):
    """Why a figure is not known."""

    NULL = "null"  # the report has none
    NO_ROWS = "no-rows"  # there is no least one of none
    NOT_LISTED = "not-listed"  # a list has the longest only
    BROKE_OFF = "broke-off"  # the recording ended before the program did
    DAMAGED = "damaged"  # a part of the trace is lost
    INCOMPLETE = "incomplete"  # of several traces, some were not read, or have no end
    END_ONLY = "end-only"  # the size of the trace was limited: it is of the end of the run
    NO_GIL = "no-gil"  # the interpreter ran without one
    EMPTY = "empty"  # nothing was recorded
    FAILED = "failed"  # the program failed at once
    ELSEWHERE = "elsewhere"  # other processes did the work, and were not recorded
    NO_REPORT = "no-report"  # there is no trace, or it could not be read


@dataclass(frozen=True, slots=True)
class Place:
    """A line of code, and who was there if that is known."""

    function: str
    file: str
    line: int
    thread: str = ""


@dataclass(frozen=True, slots=True)
class Found:
    """A figure that makes a condition true: its value, and what it was compared with.

    Values are in the units of the JSON report. `operator` is "" for what is true or false by
    itself. `place` is that of the row of a list.
    """

    figure: str
    kind: Kind
    value: Plain
    operator: str
    limit: Plain
    place: Place | None = None


@dataclass(frozen=True, slots=True)
class Doubt:
    """A figure that is not known, or is perhaps more than what was recorded; `at_least` is that."""

    figure: str
    reason: Reason
    at_least: float | None = None


@dataclass(frozen=True, slots=True)
class Judged:
    """One condition, and what came of it; `found_more` counts what is not in `found`."""

    limit: Limit
    outcome: Outcome
    found: tuple[Found, ...] = ()
    found_more: int = 0
    doubts: tuple[Doubt, ...] = ()
    places: tuple[Cause, ...] = ()


@dataclass(frozen=True, slots=True)
class Cause:
    """A line that the report blames for what a figure measures: for so many seconds.

    `figure` is the one that says so, `blame.caused_wait_s` for example.
    """

    place: Place
    figure: str
    value_s: float


def overall(judged: Iterable[Judged]) -> Outcome:
    """Return the worst: exceeded, then not known."""
    outcomes = {each.outcome for each in judged}
    order = (Outcome.EXCEEDED, Outcome.UNKNOWN)
    return next((each for each in order if each in outcomes), Outcome.PASSED)


def status_of(judged: Iterable[Judged]) -> int:
    """Return the exit status of a command that found this."""
    return STATUS[overall(judged)]


def unjudged(limits: Sequence[Limit]) -> tuple[Judged, ...]:
    """Return what is known without a report: nothing."""
    doubt = Doubt("", Reason.NO_REPORT)
    return tuple(Judged(each, Outcome.UNKNOWN, doubts=(doubt,)) for each in limits)
