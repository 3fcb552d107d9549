"""A budget as a part of the report for machines: docs/reference/report-json.md names it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gilscope.budget.outcome import overall, status_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gilscope.budget.outcome import Judged, Place


def to_dict(judged: Sequence[Judged]) -> dict[str, Any]:
    """Plain values only, in the units of the report's figures."""
    return {
        "outcome": overall(judged).value,
        "exit_status": status_of(judged),
        "conditions": [_condition(each) for each in judged],
    }


def _condition(judged: Judged) -> dict[str, Any]:
    return {
        "fail_if": judged.limit.text,
        "outcome": judged.outcome.value,
        "found": [
            {
                "figure": each.figure,
                "value": each.value,
                "operator": each.operator,
                "limit": each.limit,
                **_place(each.place),
            }
            for each in judged.found
        ],
        "found_more": judged.found_more,
        "unknown": [
            {"figure": each.figure, "reason": each.reason.value, "at_least": each.at_least}
            for each in judged.doubts
        ],
        "causes": [
            {"figure": each.figure, "value_s": each.value_s, **_place(each.place)}
            for each in judged.places
        ],
    }


def _place(place: Place | None) -> dict[str, Any]:
    if place is None:
        return {"function": None, "file": None, "line": None, "thread": None}
    return {
        "function": place.function,
        "file": place.file,
        "line": place.line,
        "thread": place.thread,
    }
