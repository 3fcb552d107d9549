"""Where threads are that never ask for the GIL again: by what was seen of them from outside."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gilscope.analysis import analyze
from gilscope.trace import cut, load
from support.tracewriter import SAMPLER, TraceWriter, holds_array

if TYPE_CHECKING:
    from pathlib import Path

    from gilscope.analysis.offrows import Asleep

END_NS = 2_000_000_000
LAST_NS = 200_000_000  # the last release of the only thread
LIBRARY = "/usr/lib/python3.11/socket.py"


def write(path: Path, away: list[tuple[int, int, int]], **meta: object) -> None:
    """A thread blocks in a library until it is killed."""
    with TraceWriter(path) as out:
        out.meta(locks_recorded=True, start_unix_ns=10**18)
        for table in (0, SAMPLER):
            out.code(1, "fetch", "/app/fetch.py", [7, 8], table)
            out.code(2, "readinto", LIBRARY, [700, 706], table)
        out.paths([(1, 0, 2, 2)], 0)  # of a release, the innermost frame alone is known
        out.paths([(1, 0, 1, 2), (2, 1, 2, 2)], SAMPLER)
        out.sites([(1, 1, 2)])
        out.holds(holds_array([(0, 0, 10**8, 1, 1), (15 * 10**7, 15 * 10**7, LAST_NS, 1, 1)]))
        out.away(away)
        out.thread(1, "MainThread", 0, END_NS, main=True, ended=False)
        out.meta(end_ns=END_NS, end_reason="killed", **meta)


def asleep(folder: Path, away: list[tuple[int, int, int]], until_ns: int = END_NS) -> Asleep:
    path = folder / "away.gil"
    write(path, away)
    trace = load(path)
    whole = until_ns == END_NS
    found = analyze(trace if whole else cut(trace, 0, until_ns)).verdict.facts.asleep
    assert found is not None
    return found


def test_the_line_is_that_of_the_program(tmp_path: Path) -> None:
    found = asleep(tmp_path, [(LAST_NS, 1, 2)])
    assert (found.line.file, found.line.line, found.still) == ("/app/fetch.py", 8, True)
    assert found.inside is not None
    assert found.inside.line == 706
    assert found.off_s == (END_NS - LAST_NS) / 1e9


def test_a_part_of_the_recording_knows_it_too(tmp_path: Path) -> None:
    found = asleep(tmp_path, [(LAST_NS, 1, 2)], END_NS // 2)
    assert found.line.file == "/app/fetch.py"
    assert found.off_s == (END_NS // 2 - LAST_NS) / 1e9


def test_without_a_look_the_innermost_line_is_all_that_is_known(tmp_path: Path) -> None:
    found = asleep(tmp_path, [])
    assert (found.line.file, found.still) == (LIBRARY, False)


def test_a_look_at_another_time_says_nothing(tmp_path: Path) -> None:
    assert asleep(tmp_path, [(10**8, 1, 2)]).line.file == LIBRARY
    assert asleep(tmp_path, [(LAST_NS, 2, 2)]).line.file == LIBRARY


def test_what_makes_no_sense_is_left_out(tmp_path: Path) -> None:
    damaged = [(0, 1, 2), (2**63, 1, 2), (LAST_NS, 0, 2), (LAST_NS, 1, 999)]
    assert asleep(tmp_path, damaged).line.file == LIBRARY


def test_who_let_go_of_a_gil_that_was_turned_off_went_on(tmp_path: Path) -> None:
    write(tmp_path / "off.gil", [(LAST_NS, 1, 2)], gil_enabled_at_end=False)
    assert not len(load(tmp_path / "off.gil").away)
    write(tmp_path / "on.gil", [(LAST_NS, 1, 2)], gil_enabled_at_end=True)
    assert len(load(tmp_path / "on.gil").away) == 1
