"""How an experiment is shown: to the character, in any width, colour and encoding."""

from __future__ import annotations

import io
import json
import os
from pathlib import Path

import pytest

from gilscope.cli import main
from gilscope.lab import EXPERIMENTS
from gilscope.lab.kit.model import (
    Bar,
    Chart,
    Experiment,
    Interleaving,
    Listing,
    Step,
    Table,
    Track,
    Tracks,
)
from gilscope.report.lab.console import print_all, render
from gilscope.report.lab.json_ import to_dict
from support.sampleexplorations import COUNTER, lost_update

GOLDEN = Path(__file__).parent / "golden"
Captured = pytest.CaptureFixture[str]


def experiment() -> Experiment:
    chart = Chart(
        "times as fast",
        (Bar("one thread", 1.0, "1.00 x", "812 ms"), Bar("2 processes", 1.9, "1.90 x", "427 µs")),
    )
    table = Table(("update", "made", "lost"), (("counter += 1", "1,000", "0"), ("call", "9", "4")))
    listing = Listing("a loop", ("LOAD_GLOBAL  counter", "CALL", "STORE_GLOBAL"), frozenset({1}))
    rows = (Track("thread 1", "##..##  " * 8), Track("thread 2", "..##..##" * 8))
    steps = (
        Step(
            "Charts and tables",
            did="`fibonacci(30)` was computed " + "again and " * 12 + "again.",
            saw="It took 5 µs.",
            means="That is how it is.",
            exhibits=(chart, table),
        ),
        Step("Lines", did="They were listed.", exhibits=(listing, Tracks("turns", 0.2, rows))),
        Step("Orders", did="They were tried.", exhibits=(Interleaving("lost", lost_update()),)),
        Step("What is missing", unavailable="no such Python. `uv python install 3.14t` adds it"),
    )
    return Experiment("example", "Is it so?", steps, "It is `so`.", {"n": 30})


def check_golden(name: str, text: str) -> None:
    path = GOLDEN / name
    if os.environ.get("GILSCOPE_UPDATE_GOLDEN"):
        path.write_text(text, encoding="utf-8")
    assert text == path.read_text("utf-8"), name


@pytest.mark.parametrize("width", [80, 120])
def test_golden(width: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "counter.py").write_text(COUNTER)
    monkeypatch.chdir(tmp_path)
    lines = render(experiment(), width)
    assert max(line.cell_len for line in lines) <= width
    check_golden(f"lab-{width}.txt", "".join(line.plain.rstrip() + "\n" for line in lines))


def test_ascii(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    stream = io.TextIOWrapper(io.BytesIO(), encoding="ascii")
    print_all([experiment()], stream)
    text = stream.buffer.getvalue().decode("ascii")
    assert "427 us" in text
    assert "> CALL" in text
    assert "##--##" in text


@pytest.mark.parametrize(("variable", "coloured"), [("NO_COLOR", False), ("FORCE_COLOR", True)])
def test_colour(variable: str, coloured: bool, monkeypatch: pytest.MonkeyPatch) -> None:  # noqa: FBT001
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv(variable, "1")
    stream = io.StringIO()
    print_all([experiment()], stream)
    assert ("\x1b[" in stream.getvalue()) == coloured


def test_a_wide_table_loses_words_and_no_numbers() -> None:
    words = "a long explanation of what was seen " * 2
    shown = Table(("code", "what it is", "count", "change"), ((words, words, "1,234", "+1"),))
    made = Experiment("wide", "?", (Step("one", exhibits=(shown,)),), "")
    lines = [line.plain for line in render(made, 80)]
    (row,) = [line for line in lines if "1,234" in line]
    assert row.rstrip().endswith("+1")
    assert max(map(len, lines)) <= 80


def test_long_texts_are_shown_whole() -> None:
    words = " ".join(f"`word{number}`, then {number}" for number in range(150))
    end = "and so " * 100 + "on"
    lines = render(Experiment("long", "?", (), f"{words} {end}."), 80)
    shown = " ".join(line.plain.removeprefix("▌ ").strip() for line in lines)
    assert f"{words.replace('`', '')} {end}." in shown


def test_json() -> None:
    found = json.loads(json.dumps(to_dict(experiment()), allow_nan=False))
    assert list(found) == [
        "schema_version",
        "experiment",
        "question",
        "steps",
        "conclusion",
        "data",
    ]
    exhibits = [each["kind"] for step in found["steps"] for each in step["exhibits"]]
    assert exhibits == ["chart", "table", "listing", "tracks", "interleaving"]
    assert found["steps"][1]["exhibits"][0]["marked"] == [1]


def test_list(capsys: Captured) -> None:
    assert main(["lab"]) == 0
    out = capsys.readouterr().out
    assert all(name in out for name in EXPERIMENTS)
    assert main(["lab", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["experiments"] == EXPERIMENTS


def test_no_such_experiment(capsys: Captured) -> None:
    assert main(["lab", "nonsense"]) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.splitlines() == [
        "gilscope: no such experiment: nonsense",
        "          there are: fibonacci, refcount, race, switch, all",
    ]
