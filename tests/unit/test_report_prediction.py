"""A prediction on the screen and as JSON, whatever came of it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from gilscope.predict import Prediction, Row, Scenario, Withheld
from gilscope.report.prediction import sentences
from gilscope.report.prediction.console import render
from gilscope.report.prediction.json_ import to_dict

PAGE = Path(__file__).parent.parent.parent / "docs" / "reference" / "predict-json.md"
MS = 1_000_000
ROWS = (
    Row(Scenario.GIL, None, 400 * MS, 400 * MS),
    Row(Scenario.NO_GIL, 1, 401 * MS, 399 * MS),
    Row(Scenario.NO_GIL, 2, 220 * MS, 200 * MS),
    Row(Scenario.NO_GIL, None, 120 * MS, 100 * MS),
)
GAINING = Prediction(7, 5, 2, 400 * MS, 0.004, 3.3, ROWS)
WITHHELD = replace(GAINING, rows=(), parallelism=0.0, withheld=Withheld.REPLAY_ERROR)


def text(prediction: Prediction, width: int = 100) -> str:
    return "\n".join(line.plain for line in render(prediction, "app.gil", width))


def test_a_gain_is_said_for_this_machine_and_for_any() -> None:
    assert sentences.outcome(GAINING) == (
        "Without the GIL these 400 ms would have taken at least 100 ms with a core for each thread"
        " (replayed: 120 ms), and at least 200 ms on the 2 cores it had (replayed: 220 ms)."
    )
    assert "75 %" in text(GAINING)


def test_no_gain_is_said_as_such() -> None:
    rows = (ROWS[0], Row(Scenario.NO_GIL, None, 399 * MS, 390 * MS))
    assert "would not have ended sooner" in sentences.outcome(replace(GAINING, rows=rows))


@pytest.mark.parametrize("why", Withheld)
def test_why_nothing_is_predicted_is_said_and_documented(why: Withheld) -> None:
    prediction = replace(WITHHELD, withheld=why)
    assert "Nothing is predicted. " in text(prediction)
    assert to_dict(prediction)["withheld"] == why.value
    assert f"| `{why.value}` |" in PAGE.read_text()


@pytest.mark.parametrize("width", [70, 80, 200])
@pytest.mark.parametrize("prediction", [GAINING, WITHHELD], ids=["gaining", "withheld"])
def test_no_line_is_wider_than_the_screen(prediction: Prediction, width: int) -> None:
    assert all(line.cell_len <= width for line in render(prediction, "app.gil", width))


def test_all_names_of_the_json_are_documented() -> None:
    answer = to_dict(GAINING)
    inner = answer["prediction"]
    names = [*answer, *inner, *inner["rows"][0]]
    names.remove("prediction")
    page = PAGE.read_text()
    assert [name for name in names if f"`{name}`" not in page and f".{name}`" not in page] == [
        "rows"
    ]
    assert "`prediction.rows[]`" in page
