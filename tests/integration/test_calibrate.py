"""A free-threaded interpreter is measured for real, and predictions have what that says."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from gilscope.calibrate.keeping import folder
from gilscope.cli import main
from support.tracewriter import TraceWriter, holds_array

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

    from support.interpreters import Interpreter

MS = 1_000_000


def test_what_is_measured_is_in_predictions(
    free_threaded: Interpreter,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    trace = tmp_path / "app.gil"
    with TraceWriter(trace) as out:
        out.meta(python=free_threaded.tag, locks_recorded=True, cpu_count=2)
        out.sites([(1, 0, 0)])
        holds = [(0, turn * 10 * MS, (turn + 1) * 10 * MS, 1 + turn, 1) for turn in range(2)]
        out.holds(holds_array(holds))
        for thread in (1, 2):
            out.thread(thread, f"t{thread}", 0, 20 * MS, main=thread == 1)
        out.meta(end_ns=20 * MS, end_reason="exit", exit_status=0)
    assert main(["predict", str(trace), "--json"]) == 0
    before = json.loads(capsys.readouterr().out)["prediction"]
    assert before["price"]["measured_unix_s"] == 0
    asked = ["predict", f"--calibrate={free_threaded.python}", str(trace), "--json"]
    assert main(asked) == 0
    said = capsys.readouterr()
    assert f"Without its GIL, Python {free_threaded.tag}" in said.err
    price = json.loads(said.out)["prediction"]["price"]
    assert price["python"] == free_threaded.tag
    assert 0.1 < price["low"] <= price["likely"] <= price["high"] <= price["beside"] < 100
    assert len(list(folder().iterdir())) == 1
    assert main(["predict", str(trace), "--json"]) == 0
    after = json.loads(capsys.readouterr().out)["prediction"]
    assert after["price"] == price
    assert all(row["priced_s"] for row in after["rows"] if row["scenario"] == "no-gil")
