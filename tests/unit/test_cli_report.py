"""`gilscope report`: to stdout and into files, in whatever encoding there is."""

from __future__ import annotations

import json
import subprocess
import sys
from shutil import which
from typing import TYPE_CHECKING

import pytest

from gilscope.cli import main
from support.interpreters import ROOT, clean_environment
from support.tracewriter import TraceWriter, holds_array

if TYPE_CHECKING:
    from pathlib import Path

MS = 1_000_000
BUILD_FAILS = "jq -e '.gil.contended_fraction < 0.05'"


def write_trace(path: Path, wait_ms: int = 4) -> None:
    """Two threads take turns; each waits for so much of every 10 ms."""
    holds = [
        ((10 * n + 10 - wait_ms) * MS, (10 * n + 10) * MS, (10 * n + 19) * MS, 1 + n % 2, 1)
        for n in range(20)
    ]
    with TraceWriter(path) as out:
        out.meta(python="3.11.7", argv=["python", "größe.py"], switch_interval_ns=5 * MS)
        out.code(1, "größe", "/home/me/größe.py", [3])
        out.paths([(1, 0, 1, 0)])
        out.sites([(1, 1, 0)])
        out.holds(holds_array(holds))
        for number in (1, 2):
            out.thread(number, f"t{number}", 0, 220 * MS, ended=False)
        out.meta(end_ns=220 * MS, end_reason="exit")


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    write_trace(tmp_path / "app.gil")
    return tmp_path


def command(*words: str, **environment: str) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [sys.executable, "-m", "gilscope", *words],
        env=clean_environment() | environment,
        capture_output=True,
        check=False,
        timeout=60,
    )


def test_the_suffix_picks_the_form(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["report", "app.gil", "-o", "x.txt"]) == 0
    assert main(["report", "app.gil", "-o", "x.json"]) == 0
    assert main(["report", "app.gil", "-o", "y.JSON", "--json"]) == 0
    assert capsys.readouterr().out == ""
    text = (folder / "x.txt").read_text("utf-8")
    assert text.startswith("größe.py · Python 3.11.7")
    assert "\x1b" not in text
    assert json.loads((folder / "x.json").read_text())["run"]["program"] == "größe.py"
    assert (folder / "y.JSON").read_text() == (folder / "x.json").read_text()


@pytest.mark.parametrize(
    ("words", "message", "hint"),
    [
        (["-o", "x.pdf"], "no form of the report is written to x.pdf", ".html or .md"),
        (["-o", "x"], "no form of the report is written to x", ".txt, .json, .html or .md"),
        (["-o", "x.txt", "--json"], "--json cannot write x.txt", "leave out --json"),
        (["-o", "old.txt"], "old.txt exists", "--force"),
        (["-o", ""], "-o needs a file name", ""),
        (["-o", "no/x.txt"], "cannot write no/x.txt", ""),
    ],
)
def test_what_cannot_be_written(
    words: list[str], message: str, hint: str, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "old.txt").write_text("precious")
    assert main(["report", "app.gil", *words]) == 2
    said = capsys.readouterr().err
    assert message in said
    assert hint in said
    assert (folder / "old.txt").read_text() == "precious"
    assert {each.name for each in folder.iterdir()} == {"app.gil", "old.txt"}


def test_force_replaces_and_a_folder_gets_a_fresh_name(folder: Path) -> None:
    (folder / "old.txt").write_text("old")
    assert main(["report", "app.gil", "-o", "old.txt", "--force"]) == 0
    assert "größe" in (folder / "old.txt").read_text("utf-8")
    (folder / "out").mkdir()
    for words in ([], [], ["--json"]):
        assert main(["report", "app.gil", "-o", "out", *words]) == 0
    names = {each.name for each in (folder / "out").iterdir()}
    assert names == {"app.txt", "app-2.txt", "app.json"}


def test_nothing_is_left_of_a_report_that_cannot_be_made(folder: Path) -> None:
    (folder / "bad.gil").write_bytes(b"nonsense" * 100)
    (folder / "out").mkdir()
    assert main(["report", "bad.gil", "-o", "out"]) == 2
    assert main(["report", "bad.gil", "-o", "x.txt"]) == 2
    assert not list((folder / "out").iterdir())
    assert not (folder / "x.txt").exists()


def test_a_full_disk_and_a_reader_that_goes(folder: Path) -> None:
    for words in ([], ["--json"]):
        line = f"{sys.executable} -m gilscope report app.gil {' '.join(words)}"
        full = command_line(f"{line} > /dev/full")
        assert full.returncode == 74
        assert full.stderr == b"gilscope: cannot write the output: No space left on device\n"
        gone = command_line(f"{line} | true")
        assert gone.stderr == b""


def command_line(line: str) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        ["/bin/sh", "-c", line],
        env=clean_environment(),
        capture_output=True,
        check=False,
        timeout=60,
    )


def test_ascii_says_as_much(folder: Path) -> None:
    done = command("report", "app.gil", PYTHONIOENCODING="ascii")
    assert done.returncode == 0, done.stderr
    text = done.stdout.decode("ascii")
    assert "gr\\xf6\\xdfe.py" in text
    assert "?" not in text


@pytest.mark.parametrize("words", [["--help"], ["report", "--help"], ["report", "é…"], ["lab"]])
def test_ascii_is_no_reason_to_fail(words: list[str]) -> None:
    done = command(*words, PYTHONIOENCODING="ascii")
    assert b"Traceback" not in done.stderr
    (done.stdout + done.stderr).decode("ascii")


def test_the_documented_line_fails_a_build(folder: Path) -> None:
    """Where jq is missing, at least the documentation says it, and the value is there."""
    assert BUILD_FAILS in (ROOT / "docs/reference/report-json.md").read_text("utf-8")
    write_trace(folder / "good.gil", wait_ms=0)
    for trace, answer in (("app.gil", False), ("good.gil", True)):
        report = command("report", trace, "--json").stdout
        assert (json.loads(report)["gil"]["contended_fraction"] < 0.05) is answer
        if which("jq"):
            line = f"{sys.executable} -m gilscope report {trace} --json | {BUILD_FAILS}"
            assert command_line(line).returncode == (0 if answer else 1)
