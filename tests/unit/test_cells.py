"""Cells of a notebook: their names in a trace, and the threads of a kernel that are no victims."""

from __future__ import annotations

import json
import struct
from typing import TYPE_CHECKING

import pytest

from gilscope import cells
from gilscope.analysis import analyze
from gilscope.record.cellnotes import _append, kernel_threads
from gilscope.sources import Sources
from gilscope.trace import load
from gilscope.trace.cellnames import NO_CELLS, parse_cells
from gilscope.words.places import Places
from support.tracewriter import CODE, META, THREAD, TraceWriter, holds_array

if TYPE_CHECKING:
    from pathlib import Path

MS = 1_000_000
KERNEL_FILE = "/tmp/ipykernel_4711/123456.py"


@pytest.mark.parametrize(
    ("file", "name"),
    [
        ("<ipython-input-3-0123456789ab>", "cell 3"),
        (KERNEL_FILE, "cell #123456"),
        ("/home/me/ipykernel_launcher.py", "/home/me/ipykernel_launcher.py"),
        ("/tmp/ipykernel_4711/sub/x.py", "/tmp/ipykernel_4711/sub/x.py"),
        ("app.py", "app.py"),
        ("<string>", "<string>"),
        ("", ""),
    ],
)
def test_names_by_files_alone(file: str, name: str) -> None:
    assert cells.name_by_file(file) == name
    assert NO_CELLS.name(file) == name
    assert cells.is_cell(file) == (name.startswith("cell "))


def test_places_are_written_as_one_says_them() -> None:
    assert cells.place("cell 3", 4) == "cell 3, line 4"
    assert cells.place("app.py", 4) == "app.py:4"
    assert cells.place("cell 3", 0) == "cell 3"
    assert Places(["cell 3", "cell 13"]).file("cell 13") == "cell 13"


def test_outside_of_ipython_there_are_no_cells() -> None:
    assert cells.interactive_shell() is None
    assert cells.current_cells() == {}
    assert cells.running_cell() == ""
    assert kernel_threads() == []


def test_sources_are_those_of_the_cells() -> None:
    sources = Sources(0.0, {"cell 3": "a = 1\n  b = 2\n"})
    assert sources.line("cell 3", 2) == "b = 2"
    assert sources.line("cell 4", 1) == ""
    assert not sources.changed


@pytest.mark.parametrize(
    "raw",
    [
        {"cells": 3, "cell": 7, "kernel_threads": "all"},
        {"cells": {"x": "cell 1"}, "kernel_threads": ["one"]},
        {"cells": {"x": ["cell 1"], "y": [1, 2]}},
    ],
)
def test_damage_is_left_out(raw: dict[str, object]) -> None:
    assert parse_cells(raw) == NO_CELLS


def made(path: Path, kernel_tids: list[int], *, after: bool) -> Path:
    """A worker holds for 100 ms, and makes a thread of the kernel and one of the user's wait."""
    notes = {
        "cell": "cell 5",
        "cells": {KERNEL_FILE: ["cell 4", "import x\ndef work():\n    hold()\n"]},
        "kernel_threads": kernel_tids,
    }
    with TraceWriter(path) as trace:
        trace.chunk(META, json.dumps({"end_ns": 200 * MS, "argv": ["python"]}).encode())
        if not after:
            trace.chunk(META, json.dumps(notes).encode())
        for number, name in ((1, "worker"), (2, "IOPub"), (3, "mine")):
            entry = struct.pack("<IIQQQII", number, 100 + number, 0, 200 * MS, 0, 0, len(name))
            trace.chunk(THREAD, entry + name.encode())
        file = KERNEL_FILE.encode()
        code = struct.pack("<IIIIII", 1, 2, 4, len(file), 0, 0) + b"work" + file
        trace.chunk(CODE, code + bytes(-len(code) % 8))
        trace.holds(
            holds_array(
                [
                    (0, 0, 100 * MS, 1, 0),
                    (10 * MS, 100 * MS, 101 * MS, 2, 0),
                    (50 * MS, 101 * MS, 102 * MS, 3, 0),
                ]
            )
        )
    if after:
        assert _append(path, json.dumps(notes).encode(), 0)
    return path


@pytest.mark.parametrize("after", [False, True])
def test_threads_of_the_kernel_are_no_victims(tmp_path: Path, after: bool) -> None:  # noqa: FBT001
    analysis = analyze(load(made(tmp_path / "kernel.gil", [102], after=after)))
    waits = {row.name: round(row.wait_s, 6) for row in analysis.threads}
    assert waits == {"worker": 0.0, "kernel: IOPub": 0.0, "mine": 0.051}
    assert [row.of_kernel for row in analysis.threads] == [False, True, False]
    assert analysis.gil.wait_s == pytest.approx(0.051)
    assert sum(row.caused_wait_s for row in analysis.blame) == pytest.approx(0.051)
    assert {row.victim for row in analysis.pairs} == {"mine"}
    assert analysis.run.program == "cell 5"
    assert analysis.run.cells["cell 4"].startswith("import x")


def test_elsewhere_all_threads_are_the_users(tmp_path: Path) -> None:
    analysis = analyze(load(made(tmp_path / "all.gil", [], after=False)))
    assert analysis.gil.wait_s == pytest.approx(0.141)
    assert not any(row.of_kernel for row in analysis.threads)


def test_code_of_a_cell_is_named(tmp_path: Path) -> None:
    trace = load(made(tmp_path / "named.gil", [102], after=True))
    assert trace.paths()._file_name(KERNEL_FILE) == "cell 4"
    assert trace.paths()._codes[1].file == "cell 4"
    assert trace.meta.cells.by_name() == {"cell 4": "import x\ndef work():\n    hold()\n"}


def test_notes_respect_the_limit_of_the_size(tmp_path: Path) -> None:
    path = made(tmp_path / "small.gil", [], after=False)
    size = path.stat().st_size
    assert not _append(path, b"{}", size + 40)
    assert path.stat().st_size == size
    assert _append(path, b"{}", size + 64)
