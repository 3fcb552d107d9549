"""Situations know their truth, the page of docs has it, and what is wrong is found to be wrong."""

from __future__ import annotations

from typing import Any

import pytest

from gilscope.analysis.model import VerdictKind
from gilscope.predict import Change
from support.situations import Situation, judged, situations
from support.situationstable import PAGE, truth

LEAST = 40
KEYS = {"source", "kind", "line", "gain", "harmful"}
NOT_THE_GIL = {"uncontended", "lock-bound", "idle", "deadlock", "cpu-full", "event-loop-blocked"}


@pytest.mark.parametrize("situation", situations(), ids=lambda each: each.name)
def test_each_has_its_truth(situation: Situation) -> None:
    assert {"source", "kind"} <= situation.keys <= KEYS
    assert situation.is_about.endswith(".")
    assert set(situation.kinds) <= {kind.value for kind in VerdictKind}
    assert situation.lines is not None
    if situation.gain is not None:
        change, least = situation.gain
        assert change in {"no-gil", *(each.value for each in Change)}
        assert 0 < least < 1


def test_half_of_them_are_not_about_the_gil() -> None:
    known = situations()
    others = [each for each in known if set(each.kinds) <= NOT_THE_GIL | {"elsewhere"}]
    assert len(known) >= LEAST
    assert 0.4 <= len(others) / len(known) <= 0.6


@pytest.mark.parametrize("situation", situations(), ids=lambda each: each.name)
def test_the_page_has_each(situation: Situation) -> None:
    assert PAGE.read_text("utf-8").count(truth(situation)) == 1


def report(**changes: Any) -> dict[str, Any]:
    """Of a right answer to `threads_compute`, but for the changes of its verdict."""
    verdict = {
        "kind": "cpu-bound",
        "summary": "`threads_compute.py:18` cost the others.",
        "evidence": "",
        "advice": ["Run it in processes."],
    }
    rows = [{"wall_s": 10.0}, {"wall_s": changes.pop("wall_s", 3.0)}]
    prediction = {"wall_s": 10.0, "rows": rows}
    return {"verdict": {**verdict, **changes}, "prediction": prediction, "what_helps": []}


@pytest.mark.parametrize(
    ("changes", "wrong"),
    [
        ({}, ()),
        ({"kind": "convoy"}, ("kind convoy",)),
        ({"summary": "`threads_compute.py:1` cost the others."}, ("line",)),
        ({"advice": ["Use asyncio."]}, ("harmful asyncio",)),
        ({"wall_s": 9.0}, ("gain 0.10",)),
    ],
)
def test_what_is_wrong_is_found(changes: dict[str, Any], wrong: tuple[str, ...]) -> None:
    (situation,) = (each for each in situations() if each.name == "threads_compute")
    assert situation.lines == [18]
    assert judged(situation, report(**changes)).wrong == wrong
