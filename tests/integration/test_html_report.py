"""Pages of real programs: their figures are those of the report, whatever was recorded."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from gilscope.cli import main
from support.interpreters import clean_environment
from support.pagefigures import check_figures
from support.recording import Runner
from support.webpage import is_sealed, read_page

if TYPE_CHECKING:
    from pathlib import Path

    from support.interpreters import Interpreter
    from support.webpage import WebPage

MOST_BYTES = 3_000_000
TURNS = """
import threading
def work():
    for _ in range(400):
        sum(range(2_000))
threads = [threading.Thread(target=work, name=f"worker-{i}") for i in range(3)]
[thread.start() for thread in threads]
[thread.join() for thread in threads]
"""


def page_of(trace: Path, *words: str) -> WebPage:
    path = trace.with_suffix(".html")
    assert main(["report", str(trace), "-o", str(path), *words]) == 0
    page = read_page(path)
    assert is_sealed(page)
    assert len(page.source.encode()) <= MOST_BYTES
    return page


@pytest.mark.parametrize(
    ("program", "arguments"),
    [
        ("fib_threads.py", ()),
        ("many_turns.py", (20_000,)),
        ("culprits.py", ("sorted", 0.5)),
        ("lock_waits.py", (".",)),
    ],
)
def test_figures(program: str, arguments: tuple[object, ...], runner: Runner) -> None:
    page = page_of(runner.record(program, *arguments).trace_path)
    check_figures(page)
    assert [lane["kind"] for lane in page.picture["lanes"]].count("gil") == 1


def test_the_run_without_its_gil(runner: Runner) -> None:
    """It runs as much Python as the recorded one, and ends when the prediction says."""
    page = page_of(runner.record(["-c", TURNS]).trace_path)
    without = page.picture["without"]
    if "withheld" in without:
        pytest.skip(f"the machine was too busy to predict anything: {without['withheld']}")
    rows = [row for row in page.report["prediction"]["rows"] if row["scenario"] == "no-gil"]
    assert without["wall_s"] in [row["wall_s"] for row in rows]
    recorded = sum(page.sums_s(lane)["hold"] for lane in page.picture["lanes"][1:])
    replayed = sum(page.sums_s(lane)["hold"] for lane in without["lanes"])
    slack = sum(map(page.tolerance_s, without["lanes"]))
    assert replayed == pytest.approx(recorded, abs=slack + 1e-3)
    ends = [page.segments(lane)[-1].end_ns for lane in without["lanes"]]
    assert max(ends) / 1e9 == pytest.approx(without["without_to_s"], abs=0.01)
    for lane in without["lanes"]:
        assert page.picture["lanes"][lane["pair"]]["name"] == lane["name"]


def test_without_a_gil_nothing_is_held(free_threaded: Interpreter, tmp_path: Path) -> None:
    page = page_of(Runner(free_threaded, tmp_path).record(["-c", TURNS]).trace_path)
    assert set(page.picture["flames"]) <= {"lock"}
    assert "without a GIL" in " ".join(page.picture["said"])
    computed = sum(page.sums_s(lane)["computing"] for lane in page.picture["lanes"])
    cpu_s = sum(row["cpu_s"] for row in page.report["threads"])
    assert computed == pytest.approx(cpu_s, rel=0.2, abs=0.02)


def test_of_a_limited_trace_the_beginning_is_unknown(runner: Runner) -> None:
    recorded = runner.record("phases.py", 1.5, 1.0, options=["--max-size", "200k"])
    page = page_of(recorded.trace_path)
    from_s = page.report["run"]["rows_from_s"]
    assert from_s > 0
    main_lane = next(lane for lane in page.picture["lanes"] if lane["name"] == "MainThread")
    first = page.segments(main_lane)[0]
    assert first.state == "unknown"
    assert first.end_ns / 1e9 == pytest.approx(from_s, abs=1e-3)
    assert any("--max-size" in each for each in page.picture["said"])


def test_every_process_has_lanes(runner: Runner) -> None:
    page = page_of(runner.record("fork_child.py").trace_path)
    recorded = [row for row in page.report["processes"] if row["recorded"]]
    assert len(page.picture["processes"]) == len(recorded) > 1
    drawn = {lane["process"] for lane in page.picture["lanes"]}
    assert drawn == set(range(len(recorded)))


def run_html(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "gilscope", "run", "--html", *words],
        cwd=folder,
        env=clean_environment() | {"DISPLAY": ":0", "BROWSER": "false"},
        capture_output=True,
        text=True,
        check=False,
        timeout=100,
    )


def test_run_writes_a_page_beside_the_trace(tmp_path: Path) -> None:
    (tmp_path / "app.py").write_text(TURNS + "print('out')\nraise SystemExit(3)\n")
    done = run_html(tmp_path, "app.py")
    assert (done.returncode, done.stdout) == (3, "out\n")
    assert "gilscope: page app.html" in done.stderr
    assert "open it in a browser" in done.stderr, "stderr is no terminal, so nobody is there"
    assert {each.name for each in tmp_path.iterdir()} == {"app.py", "app.gil", "app.html"}
    check_figures(read_page(tmp_path / "app.html"))
    again = run_html(tmp_path, "--no-report", "app.py")
    assert "app-2.html" in again.stderr
    assert "next: gilscope report app-2.gil" in again.stderr
    assert "of all waiting" not in again.stderr


def test_a_program_that_was_killed_has_a_page(tmp_path: Path) -> None:
    (tmp_path / "app.py").write_text("import os, signal\nos.kill(os.getpid(), signal.SIGKILL)\n")
    done = run_html(tmp_path, "--no-report", "app.py")
    assert done.returncode == -signal.SIGKILL
    assert (tmp_path / "app.html").exists()
    assert os.listdir(tmp_path)
