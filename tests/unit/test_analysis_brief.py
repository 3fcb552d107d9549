"""Who calls a library briefly: known of some calls, and shared out among the others."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from gilscope.analysis import analyze
from gilscope.analysis.model import OffKind
from gilscope.trace import load
from support.tracewriter import TraceWriter, holds_array

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

MS = 1_000_000
APP, LIBRARY = "/app/main.py", "/usr/lib/python3.13/multiprocessing/connection.py"
# The library's innermost frame alone, called by two lines of the program's, and something else.
BRIEF, FIRST, SECOND, OTHER = 1, 3, 5, 6
PATHS = [(1, 0, 2, 2), (2, 0, 1, 2), (3, 2, 2, 2), (4, 0, 1, 4), (5, 4, 2, 2), (6, 0, 3, 2)]


def blocked(folder: Path, paths: Sequence[int]) -> dict[tuple[str, int], float]:
    """Let go of the GIL at each path for 10 ms; return how long it was blocked, by line."""
    with TraceWriter(folder / "x.gil") as out:
        out.meta(start_unix_ns=10**18)
        out.code(1, "ask", APP, [7, 8, 9])
        out.code(2, "recv", LIBRARY, [400, 416])
        out.code(3, "send", LIBRARY, [380, 390])
        out.paths(PATHS)
        out.sites([(number, number, 0) for number, *_ in PATHS])
        starts = [11 * MS * number for number in range(len(paths) + 1)]
        sites = [*paths, OTHER]
        each = zip(starts, sites, strict=True)
        out.holds(holds_array([(start, start, start + MS, 1, site) for start, site in each]))
        end = starts[-1] + MS
        out.thread(1, "MainThread", 0, end, main=True)
        out.meta(end_ns=end)
    (thread,) = analyze(load(folder / "x.gil")).threads
    rows = [row for row in thread.blocked if row.kind is OffKind.BLOCKED]
    return {(row.line.file, row.line.line): row.off_s for row in rows}


def test_brief_calls_are_those_of_who_was_seen_there(tmp_path: Path) -> None:
    found = blocked(tmp_path, [BRIEF] * 20 + [FIRST] * 4)
    assert found == {(APP, 8): pytest.approx(0.24)}


def test_they_are_shared_out_if_several_were(tmp_path: Path) -> None:
    found = blocked(tmp_path, [BRIEF] * 20 + [FIRST] * 6 + [SECOND] * 2)
    assert found == {(APP, 8): pytest.approx(0.21), (APP, 9): pytest.approx(0.07)}


def test_too_few_say_nothing_of_the_others(tmp_path: Path) -> None:
    found = blocked(tmp_path, [BRIEF] * 20 + [FIRST] * 2)
    assert found == {(LIBRARY, 416): pytest.approx(0.2), (APP, 8): pytest.approx(0.02)}


def test_another_call_of_the_library_is_another_one(tmp_path: Path) -> None:
    found = blocked(tmp_path, [OTHER] * 20 + [FIRST] * 4)
    assert found == {(LIBRARY, 390): pytest.approx(0.2), (APP, 8): pytest.approx(0.04)}
