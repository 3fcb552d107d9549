"""`gilscope export`: which format, which processes, and what is said of it."""

from __future__ import annotations

import gzip
import io
import json
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from gilscope.cli import export, main
from gilscope.export.formats import FORMATS, format_for
from support.interpreters import clean_environment
from support.prose import text_of
from support.randomtraces import Shape, write_trace

if TYPE_CHECKING:
    from collections.abc import Sequence

NAMES = [
    ("x.perfetto-trace", "perfetto"),
    ("x.pftrace.gz", "perfetto"),
    ("x.JSON.gz", "chrome"),
    ("x.trace.json", "chrome"),
    ("x.firefox.json.gz", "firefox"),
    ("x.speedscope.json", "speedscope"),
    ("x.speedscope.json.gz", "speedscope"),
    ("x.folded", "folded"),
    ("x.parquet", "parquet"),
    ("x.feather", "arrow"),
    ("x.md", "markdown"),
]


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    write_trace(tmp_path / "app.gil", 1)
    return tmp_path


@pytest.mark.parametrize(("file", "name"), NAMES)
def test_the_end_of_a_name_picks_the_format(
    file: str, name: str, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert format_for(Path(file)).name == name
    assert main(["export", "app.gil", "-o", file]) == 0
    said = capsys.readouterr()
    assert said.out == ""
    assert f"wrote {file}, " in said.err
    data = (folder / file).read_bytes()
    assert (data[:2] == b"\x1f\x8b") == file.endswith(".gz")
    if file.lower().endswith((".json", ".json.gz")):
        json.loads(gzip.decompress(data) if file.endswith(".gz") else data)
    assert {each.name for each in folder.iterdir()} == {"app.gil", file}


def test_names_are_those_of_the_room_and_of_the_page() -> None:
    assert [each.name for each in FORMATS] == list(export.FORMATS)
    page = text_of(Path("docs/reference/export-formats.md"))
    for each in FORMATS:
        assert f"| `{each.name}` | " in page
        assert all(f"`{end.removesuffix('.gz')}" in page for end in each.suffixes)
        if each.most:
            assert f"{each.most:,}" in page


@pytest.mark.parametrize(
    ("words", "message", "hint"),
    [
        ([], "which format?", "-o x.perfetto-trace"),
        (["-o", "x.zip"], "no format is known by the name x.zip", ".perfetto-trace"),
        (["-o", "x.json"], "no format is known by the name x.json", ".trace.json.gz"),
        (["-o", "."], "-o with a folder needs --format", "perfetto"),
        (["-o", ""], "no format is known", ""),
        (["-o", "x.md", "--most", "2000"], "--most is for perfetto or chrome or firefox", "leave"),
        (["-o", "x.md", "--table", "waits"], "--table is for parquet or arrow", "leave out"),
        (["-o", "x.parquet", "--weight", "held"], "--weight is for folded", "leave out"),
        (["-o", "old.md"], "old.md exists", "--force"),
        (["-o", "no/x.md"], "cannot write no/x.md", ""),
        (["-o", "x.md", "--process", "1"], "has no process 1", "it has 4711"),
        (["-o", "x.folded", "--process", "1"], "has no process 1", "it has 4711"),
        (["-o", "x.folded", "--from", "99"], "--from is after the end", ""),
    ],
)
def test_what_cannot_be_written(
    words: list[str], message: str, hint: str, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "old.md").write_text("precious")
    assert main(["export", "app.gil", *words]) == 2
    said = capsys.readouterr().err
    assert message in said
    assert hint in said
    assert {each.name for each in folder.iterdir()} == {"app.gil", "old.md"}
    assert (folder / "old.md").read_text() == "precious"


def test_force_replaces_only_when_all_is_written(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "bad.gil").write_bytes(b"nonsense" * 100)
    (folder / "x.folded").write_text("precious")
    assert main(["export", "bad.gil", "-o", "x.folded", "--force"]) == 2
    assert (folder / "x.folded").read_text() == "precious"
    assert main(["export", "app.gil", "-o", "x.folded", "--force"]) == 0
    assert "work (app.py:3)" in (folder / "x.folded").read_text()
    assert {each.name for each in folder.iterdir()} == {"app.gil", "bad.gil", "x.folded"}
    capsys.readouterr()


def test_a_folder_gets_fresh_names(folder: Path) -> None:
    (folder / "out").mkdir()
    for words in (["folded"], ["folded"], ["parquet", "--table", "waits"]):
        assert main(["export", "app.gil", "-o", "out", "--format", *words]) == 0
    names = {each.name for each in (folder / "out").iterdir()}
    assert names == {"app.folded", "app-2.folded", "app-waits.parquet"}


def command(*words: str) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [sys.executable, "-m", "gilscope", "export", *words],
        env=clean_environment(),
        capture_output=True,
        check=False,
        timeout=60,
    )


def test_without_a_name_it_goes_to_stdout(folder: Path) -> None:
    for name in ("folded", "perfetto", "parquet", "markdown"):
        done = command("app.gil", "--format", name)
        assert done.returncode == 0, done.stderr
        main(["export", "app.gil", "-o", "x", "--format", name, "--force"])
        assert done.stdout == (folder / "x").read_bytes()
    assert b"by samples of what ran" in command("app.gil", "--format", "folded").stderr


def test_what_is_put_together_is_said(capsys: pytest.CaptureFixture[str], folder: Path) -> None:
    write_trace(folder / "long.gil", 2, Shape(holds=3000))
    assert main(["export", "long.gil", "-o", "x.json.gz", "--most", "1000"]) == 0
    said = capsys.readouterr().err
    assert "put together where they follow one another" in said
    assert main(["export", "long.gil", "-o", "y.json.gz"]) == 0
    assert "put together" not in capsys.readouterr().err


def test_several_files_are_one_export(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_trace(folder / "other.gil", 2)
    # Without a time of day they have no place beside each other.
    assert main(["export", "app.gil", "other.gil", "-o", "x.json.gz"]) == 2
    assert "does not say of which process it is" in capsys.readouterr().err


def test_a_window_is_cut_out(folder: Path) -> None:
    def lasts(words: Sequence[str]) -> float:
        assert main(["export", "app.gil", "-o", "x.trace.json", "--force", *words]) == 0
        events = json.loads((folder / "x.trace.json").read_text())["traceEvents"]
        return float(max(each["ts"] + each.get("dur", 0) for each in events if "ts" in each))

    whole_us = lasts([])
    assert lasts(["--from", "0.002", "--to", "0.005"]) == pytest.approx(3000, abs=1)
    assert whole_us > 10_000


def test_markdown_is_that_of_the_report(folder: Path) -> None:
    assert main(["export", "app.gil", "-o", "x.md"]) == 0
    assert main(["report", "app.gil", "-o", "y.md"]) == 0
    assert (folder / "x.md").read_bytes() == (folder / "y.md").read_bytes()


def test_a_terminal_gets_no_bytes(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    terminal = io.TextIOWrapper(io.BytesIO(), "utf-8")
    monkeypatch.setattr(terminal, "isatty", lambda: True, raising=False)
    monkeypatch.setattr(sys, "stdout", terminal)
    assert main(["export", "app.gil", "--format", "perfetto"]) == 2
    assert terminal.buffer.tell() == 0
    assert "not for a terminal" in capsys.readouterr().err
