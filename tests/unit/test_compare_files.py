"""Results as JSON and CSV, what the screen shows, and when results are the same."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gilscope.compare.decision import decide
from gilscope.compare.estimates import Estimate
from gilscope.compare.model import Comparison, GilCost, Note, NoteKind, Outcome, Row
from gilscope.compare.shipped.gilscope_host import results
from gilscope.errors import GilscopeError
from gilscope.report.comparison import json_, sentences
from gilscope.report.comparison.console import render
from gilscope.report.comparison.csv_ import to_csv

if TYPE_CHECKING:
    from pathlib import Path


def around(value: float) -> Estimate:
    return Estimate(value, value * 0.9, value * 1.1, value * 0.9, value * 1.1, 7)


def measured(strategy: str, workers: int, speed: float, **changes: Any) -> Row:
    base = Row(
        strategy,
        workers,
        "",
        Outcome.MEASURED,
        wall=around(1 / speed),
        speedup=around(speed),
        against_default=around(speed),
        efficiency=speed / workers,
        significant=speed > 1.2,
        startup_s=0.012,
        overhead_s=1e-5,
        cpu_s=1.0,
        peak_bytes=20_000_000,
        bytes_in=388,
        bytes_out=40,
        throughput_per_s=8.0,
        break_even_s=0.0003 if speed > 1.2 else None,
        cold_break_even_s=0.002 if speed > 1.2 else None,
    )
    return replace(base, **changes)


ROWS = (
    measured("serial", 1, 1.0, significant=False),
    measured("threads", 2, 0.98, gil=GilCost(0.9, 0.97, 0.99, "fib.py:5", "cpu-bound")),
    measured("processes-forkserver", 2, 1.93),
    Row("ray", 1, "", Outcome.MISSING, "No module named 'ray'", "pip install 'gilscope[ray]'"),
    Row("loky", 2, "", Outcome.MISMATCH, "task 0: serial gave 1, this 2"),
    measured("serial", 1, 1.0, python="3.13t", against_default=around(0.6)),
    measured("free-threaded", 2, 1.9, python="3.13t", against_default=around(1.1)),
)
COMPARISON = Comparison(
    target="fib.py:fib",
    arguments="30",
    setup="",
    tasks=8,
    cores=2,
    python="3.11",
    rounds=7,
    rows=ROWS,
    decision=decide(ROWS),
    notes=(Note(NoteKind.NOISY, value=0.2), Note(NoteKind.FEWER_WORKERS, "ray x4", 3)),
)


def write(folder: Path, content: object) -> Path:
    path = folder / "result.json"
    path.write_text(json.dumps(content))
    return path


def test_json_is_read_back_as_it_was(tmp_path: Path) -> None:
    again = json_.load(write(tmp_path, json_.to_dict(COMPARISON)))
    assert json_.to_dict(again) == json_.to_dict(COMPARISON)
    assert [row.label for row in again.rows] == [row.label for row in COMPARISON.rows]


def test_json_has_what_is_documented() -> None:
    content = json_.to_dict(COMPARISON)
    wanted = {
        "strategy", "workers", "available", "reason", "wall_s", "wall_low_s", "wall_high_s",
        "startup_s", "cpu_s", "peak_bytes", "speedup", "efficiency", "significant",
    }  # fmt: skip
    for row in content["strategies"]:
        assert wanted <= set(row)
    assert content["recommendation"]
    json.dumps(content, allow_nan=False)


@pytest.mark.parametrize(
    "damage",
    [
        lambda content: content.pop("strategies"),
        lambda content: content["strategies"].clear(),
        lambda content: content["strategies"][0].pop("wall_s"),
        lambda content: content["strategies"][0].update(wall_s="fast"),
        lambda content: content["strategies"][0].update(outcome="fine"),
        lambda content: content["strategies"][0].update(wall_s=None),
        lambda content: content.update(version=99),
        lambda content: content.update(format="other"),
    ],
)
def test_a_damaged_file_is_an_error_and_no_crash(tmp_path: Path, damage: Any) -> None:
    content = json_.to_dict(COMPARISON)
    damage(content)
    with pytest.raises(GilscopeError):
        json_.load(write(tmp_path, content))


def test_a_file_of_an_older_gilscope_still_loads(tmp_path: Path) -> None:
    """Its conclusion is drawn anew, from its intervals; its warnings are sentences."""
    content = json_.to_dict(COMPARISON)
    for name in ("setup", "decision", "notes"):
        del content[name]
    for each in content["strategies"]:
        del each["gain"]
    content |= {"recommendation": "Keep it serial.", "warnings": ["noisy machine"]}
    again = json_.load(write(tmp_path, content))
    assert again.decision == COMPARISON.decision
    assert again.notes == (Note(NoteKind.TEXT, detail="noisy machine"),)
    assert sentences.note(again.notes[0], again) == "noisy machine"


def test_other_files_are_errors(tmp_path: Path) -> None:
    with pytest.raises(GilscopeError, match="cannot read"):
        json_.load(tmp_path / "missing.json")
    text = tmp_path / "text"
    text.write_text("hello")
    with pytest.raises(GilscopeError, match="not JSON"):
        json_.load(text)
    with pytest.raises(GilscopeError, match="not the result"):
        json_.load(write(tmp_path, [1, 2]))


def test_csv_has_a_line_for_each_strategy() -> None:
    rows = list(csv.DictReader(io.StringIO(to_csv(COMPARISON))))
    assert [row["strategy"] for row in rows] == [row.strategy for row in COMPARISON.rows]
    assert float(rows[2]["speedup"]) == pytest.approx(1.93)
    assert rows[3]["wall_s"] == ""


@pytest.mark.parametrize("width", [80, 100, 120])
@pytest.mark.parametrize("encoding", ["utf-8", "ascii"])
def test_the_screen_fits_and_says_everything(width: int, encoding: str) -> None:
    lines = [line.plain for line in render(COMPARISON, width, encoding)]
    assert max(map(len, lines)) <= width
    text = " ".join(" ".join(lines).replace("▌", "").replace("|", "").split())
    for words in (
        "fib.py:fib(30)",
        "1.93",
        "0.88 to 1.08",
        "1.74 to 2.12",
        "fib.py:5",
        "No module named 'ray'",
        "pip install 'gilscope[ray]'",
        "wrong results: task 0: serial gave 1, this 2",
        "free-threaded (3.13t)",
        "0.54 to 0.66",
        "noisy machine: even the middle half of the serial rounds spreads over 20 %",
        "ray x4: only 3 workers answered",
        "Use processes-forkserver with 2 workers: 1.93 times as fast as serial (1.74 to 2.12)",
    ):
        assert words in text, words


# --- results ------------------------------------------------------------------------------------


class Loud:
    """Equality that raises, as that of arrays."""

    def __init__(self, value: int) -> None:
        self.value = value

    def __eq__(self, other: object) -> bool:
        raise ValueError("ambiguous")

    __hash__ = None  # type: ignore[assignment]


def test_results_are_compared_by_value(tmp_path: Path) -> None:
    reference = results.Reference(tmp_path / "results")
    kept = [float("nan"), {"a": {1, 2}}, Loud(1)]
    assert reference.write(kept, [float("nan"), {"a": {2, 1}}, Loud(1)]) == ""
    reference.check([float("nan"), {"a": {2, 1}}, Loud(1)])
    with pytest.raises(results.Mismatch, match="task 1"):
        reference.check([float("nan"), {"a": {2, 3}}, Loud(1)])


def test_what_cannot_be_compared_is_not() -> None:
    reference = results.Reference(__import__("pathlib").Path("/nowhere/results"))
    assert "pickled" in reference.write([lambda: 1], [lambda: 1])
    reference.check(["anything"])


@given(st.recursive(st.integers() | st.text() | st.floats(allow_nan=True), st.lists, max_leaves=8))
def test_a_result_is_the_same_as_itself_after_a_journey(value: Any) -> None:
    import pickle

    assert results._same(value, pickle.loads(pickle.dumps(value)))
