"""A prediction on the screen and as JSON, whatever came of it."""

from __future__ import annotations

import shlex
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from gilscope.analysis.model import Line
from gilscope.predict import (
    Change,
    Help,
    Latency,
    LatencyRow,
    Prediction,
    RecordedRun,
    Recurring,
    Row,
    Scenario,
    Withheld,
)
from gilscope.report.prediction import sentences
from gilscope.report.prediction.console import render
from gilscope.report.prediction.json_ import to_dict

PAGE = Path(__file__).parent.parent.parent / "docs" / "reference" / "predict-json.md"
MS = 1_000_000
ROWS = (
    Row(Scenario.GIL, None, 400 * MS, 400 * MS, 400 * MS),
    Row(Scenario.NO_GIL, 1, 401 * MS, 399 * MS, 401 * MS),
    Row(Scenario.NO_GIL, 2, 220 * MS, 200 * MS, 400 * MS),
    Row(Scenario.NO_GIL, None, 120 * MS, 100 * MS, 400 * MS),
)
HELPS = (
    Help(Change.RELEASE_GIL, Line("parse", "app.py", 12), 0.5, 0.4, 0.6),
    Help(Change.NO_TIME, Line("render", "app.py", 0), 0.3, 0.2, 0.4),
    Help(Change.NO_LOCK, Line("store", "app.py", 40), 0.2, 0.1, 0.3),
    Help(Change.SWITCH_INTERVAL, None, 0.05, 0.04, 0.06, 500_000),
    Help(Change.HALF_TIME, Line("parse", "app.py", 12), 0.04, 0.03, 0.05),
)
GAINING = Prediction(7, 5, 2, 400 * MS, 0.004, 3.3, ROWS, what_helps=HELPS)
LATENCY = Latency(12 * MS, 10 * MS, 20 * MS, 30 * MS, 29 * MS, 90 * MS)
RECURRING = Recurring(
    "handle",
    36,
    21 * MS,
    90 * MS,
    (LatencyRow(Scenario.GIL, None, LATENCY), LatencyRow(Scenario.NO_GIL, None, LATENCY)),
    is_chosen=False,
)
WITHHELD = replace(GAINING, rows=(), parallelism=0.0, withheld=Withheld.REPLAY_ERROR)


def text(prediction: Prediction, width: int = 100) -> str:
    return "\n".join(line.plain for line in render(prediction, "app.gil", width))


def test_a_gain_is_said_for_this_machine_and_for_any() -> None:
    assert sentences.outcome(GAINING) == (
        "Without the GIL these 400 ms would have taken 220 ms on 2 cores (200 ms to 400 ms), and"
        " 120 ms with a core for each thread (100 ms to 400 ms)."
    )
    assert "75 %" in text(GAINING)


def test_no_gain_is_said_as_such() -> None:
    rows = (ROWS[0], Row(Scenario.NO_GIL, None, 399 * MS, 390 * MS, 400 * MS))
    assert "would not have ended sooner" in sentences.outcome(replace(GAINING, rows=rows))


def test_how_long_calls_take_is_said() -> None:
    lines = [line.plain for line in render(GAINING, "app.gil", 100, recurring=RECURRING)]
    told = " ".join(" ".join(lines).split())
    assert "Half of 36 calls of handle took up to 21 ms, and 99 of 100 up to 90 ms." in told
    assert "that would be 12 ms (10 ms to 20 ms) and 30 ms (29 ms to 90 ms)." in told
    assert all(len(line) <= 100 for line in lines)


def test_names_of_calls_in_the_json_are_documented() -> None:
    answer = to_dict(GAINING, recurring=RECURRING)["per"]
    page = PAGE.read_text()
    names = [*answer, *answer["rows"][0]]
    assert [name for name in names if f"`{name}`" not in page] == ["rows"]
    assert answer["rows"][1]["p99_high_s"] == 0.09


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
    names = [*answer, *inner, *inner["rows"][0], *answer["what_helps"][0]]
    names.remove("what_helps")
    names.remove("prediction")
    page = PAGE.read_text()
    assert [name for name in names if f"`{name}`" not in page and f".{name}`" not in page] == [
        "rows"
    ]
    assert "`prediction.rows[]`" in page
    assert "`what_helps[]`" in page
    assert [change.value for change in Change if f"`{change.value}`" not in page] == []


def test_what_would_help_is_said_best_first() -> None:
    shown = text(GAINING).partition("with the GIL, but")[2].splitlines()[1:6]
    assert [each.split()[-3:] for each in (line.replace(" %", "%") for line in shown)] == [
        ["50%", "40%", "60%"],
        ["30%", "20%", "40%"],
        ["20%", "10%", "30%"],
        ["5.0%", "4.0%", "6.0%"],
        ["4.0%", "3.0%", "5.0%"],
    ]
    assert "parse app.py:12" in shown[0]
    assert "all of render" in shown[1]
    assert "500 us" in shown[3] or "500 µs" in shown[3]


def test_only_what_runs_as_printed_is_a_command(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    script = tmp_path / "app.py"
    script.write_text("def parse():\n    pass\n\n\ndef render(page):\n    pass\n")
    helps = (
        Help(Change.RELEASE_GIL, Line("parse", str(script), 2), 0.5, 0.4, 0.6),
        Help(Change.RELEASE_GIL, Line("render", str(script), 6), 0.5, 0.4, 0.6),
        Help(Change.NO_TIME, Line("parse", str(script), 2), 0.5, 0.4, 0.6),
        HELPS[3],
    )
    run = RecordedRun((sys.executable, "app.py", "it's"))
    there = to_dict(replace(GAINING, what_helps=helps, run=run))["what_helps"]
    assert [each["command"] is not None for each in there] == [True, False, False, True]
    assert there[0]["command"] == "gilscope compare app.py:parse"
    assert shlex.split(there[3]["command"])[:3] == ["gilscope", "run", "-c"]
    gone = to_dict(replace(GAINING, what_helps=helps, run=replace(run, argv=("", "no.py"))))
    assert gone["what_helps"][3]["command"] is None
