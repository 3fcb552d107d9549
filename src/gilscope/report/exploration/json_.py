"""An exploration for machines, and schedules back: see docs/reference/explore-json.md."""

from __future__ import annotations

import dataclasses
import json
import math
import re
from enum import Enum
from typing import TYPE_CHECKING, Any, cast

from gilscope.errors import GilscopeError
from gilscope.explore.narration.sentences import sentence, waited_for
from gilscope.explore.results import Schedule, Site
from gilscope.report.exploration.folding import folded_events

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from gilscope.explore.facts import Reason
    from gilscope.explore.results import Exploration

FORMAT = 1  # raised when a name or a unit changes or goes; new names may appear at any time
EXPLORATION, SCHEDULE = "exploration", "schedule"  # what a file is
WORLD = re.compile(r"free-threaded|gil-\d+\.\d+", re.ASCII)
PYTHON = re.compile(r"\d+\.\d+", re.ASCII)
MOST = 2**31 - 1  # of any number in a schedule
HINT = "give a file that `gilscope explore` wrote, as it wrote it"


def to_dict(exploration: Exploration) -> dict[str, Any]:
    """Only dicts, lists, strings, finite numbers, booleans and None."""
    plain: dict[str, Any] = _plain(exploration)
    found = exploration.counterexample
    if found is not None:
        plain["counterexample"]["schedule"] = schedule_to_dict(found.schedule)
        folded = folded_events(found.events, found.failure)
        for index, event in enumerate(plain["counterexample"]["events"]):
            event["folded"] = index in folded
    return {"format": FORMAT, "kind": EXPLORATION, **plain}


def schedule_to_dict(schedule: Schedule) -> dict[str, Any]:
    return {"format": FORMAT, "kind": SCHEDULE, **_plain(schedule)}


def schedule_from_dict(found: object) -> Schedule:
    """The schedule of a file, or that of the counterexample if it is a whole exploration."""
    fields = _ours(found)
    if fields["kind"] == EXPLORATION:
        counterexample = fields.get("counterexample")
        if counterexample is None:
            raise GilscopeError(
                "this exploration found no failing schedule: there is nothing to replay",
                "an exploration whose verdict is found has one, unless only the attack found it",
            )
        fields = _ours(_dict(counterexample, "counterexample").get("schedule"))
    if fields["kind"] != SCHEDULE:
        raise GilscopeError("this is no schedule of gilscope explore", HINT)
    return Schedule(
        world=_matching(fields, "world", WORLD, "free-threaded, or gil- and a version"),
        python=_matching(fields, "python", PYTHON, "a version such as 3.11"),
        choices=tuple(
            _number(each, f"choices[{index}]")
            for index, each in enumerate(_list(fields.get("choices"), "choices"))
        ),
        sites=tuple(
            _site(each, f"sites[{index}]")
            for index, each in enumerate(_list(fields.get("sites"), "sites"))
        ),
    )


def _plain(value: Any) -> Any:
    match value:
        case tuple():
            return [_plain(each) for each in value]
        case float():
            return value if math.isfinite(value) else None
        case Enum():
            return value.value
        case _ if dataclasses.is_dataclass(value):
            return _fields(value)
        case _:
            return value


def _fields(value: Any) -> dict[str, Any]:
    """What is shown as a sentence has its facts beside it."""
    found = {}
    for field in dataclasses.fields(value):
        held = getattr(value, field.name)
        if field.name in SAID:
            beside, in_words = SAID[field.name]
            found[field.name], found[beside] = in_words(held), _plain(held)
        else:
            found[field.name] = _plain(held)
    return found


def _sentences(facts: tuple[Reason, ...]) -> list[str]:
    return [sentence(each) for each in facts]


def _sentence(fact: Reason | None) -> str:
    return sentence(fact) if fact is not None else ""


# Fields that are sentences here, the names of their facts beside them, and who writes them.
SAID: dict[str, tuple[str, Callable[[Any], Any]]] = {
    "reasons": ("reason_facts", _sentences),
    "assumptions": ("assumption_facts", _sentences),
    "doubt": ("doubt_fact", _sentence),
    "hindrance": ("hindrance_fact", _sentence),
    "waits_for": ("wait", waited_for),
}


# --- reading: a file may hold anything ------------------------------------------------------------


def _ours(found: object) -> dict[str, Any]:
    if not isinstance(found, dict) or "format" not in found or "kind" not in found:
        raise GilscopeError("this is no schedule of gilscope explore", HINT)
    version = found["format"]
    if type(version) is not int or version != FORMAT:
        raise GilscopeError(
            f"this schedule has format {version!r:.40}, and only {FORMAT} is known here",
            "replay it with the gilscope that wrote it, or explore again",
        )
    return cast("dict[str, Any]", found)


def _site(found: object, name: str) -> Site:
    fields = _dict(found, name)
    return Site(
        file=_text(fields.get("file"), f"{name}.file"),
        function=_text(fields.get("function"), f"{name}.function"),
        first_line=_number(fields.get("first_line"), f"{name}.first_line"),
        offset=_number(fields.get("offset"), f"{name}.offset"),
        opcode=_text(fields.get("opcode"), f"{name}.opcode"),
        guarded=fields.get("guarded") is True,
    )


def _matching(fields: dict[str, Any], name: str, pattern: re.Pattern[str], expected: str) -> str:
    text = _text(fields.get(name), name)
    if not pattern.fullmatch(text):
        raise _damage(name, expected, text)
    return text


def _text(found: object, name: str) -> str:
    if not isinstance(found, str):
        raise _damage(name, "text", found)
    return found


def _number(found: object, name: str) -> int:
    if type(found) is not int or not 0 <= found <= MOST:
        raise _damage(name, "a whole number that is not negative", found)
    return found


def _list(found: object, name: str) -> list[Any]:
    if not isinstance(found, list):
        raise _damage(name, "a list", found)
    return found


def _dict(found: object, name: str) -> dict[str, Any]:
    if not isinstance(found, dict):
        raise _damage(name, "an object", found)
    return found


def _damage(name: str, expected: str, found: object) -> GilscopeError:
    match found:
        case None:
            shown = "missing"
        case list() | dict():
            shown = f"a {type(found).__name__}"  # of any size
        case _:
            shown = f"{found!r:.40}"
    return GilscopeError(
        f"this schedule is damaged: {name} is {shown}, and should be {expected}", HINT
    )


def read_schedule(path: Path) -> Schedule:
    """The schedule in a file. Raises GilscopeError if it cannot be read, or is none."""
    try:
        found = json.loads(path.read_bytes())
    except OSError as error:
        raise GilscopeError(f"cannot read {path}: {error.strerror or error}") from error
    except (ValueError, RecursionError) as error:
        raise GilscopeError(f"{path} is no schedule: it is not JSON") from error
    return schedule_from_dict(found)
