"""Call paths and their weights: those of the report's tables, line by line."""

from __future__ import annotations

import json
from collections import defaultdict
from typing import TYPE_CHECKING

import pytest

import gilscope
from gilscope.analysis import analyze
from gilscope.analysis.lines import Lines
from gilscope.analysis.stacks import StackKind, stacks_of
from gilscope.errors import GilscopeError
from gilscope.export.formats import FOLDED, SPEEDSCOPE
from gilscope.export.stackrows import stack_tables
from gilscope.export.subjects import subjects_of
from gilscope.export.writing import Wish, write
from support.randomtraces import HOSTILE, Shape, write_trace
from support.tracewriter import TraceWriter, holds_array

if TYPE_CHECKING:
    from pathlib import Path

    from gilscope.trace import Trace


@pytest.fixture(params=range(4))
def trace(request: pytest.FixtureRequest, tmp_path: Path) -> Trace:
    write_trace(tmp_path / "app.gil", request.param)
    return gilscope.load(tmp_path / "app.gil")


def by_line(trace: Trace, kind: StackKind) -> dict[object, float]:
    lines, sums = Lines(trace), defaultdict[object, float](float)
    for (table, path), ns in stacks_of(trace).weights[kind].items():
        sums[lines[lines.number(table, path)]] += ns / 1e9
    return sums


def test_weights_are_those_of_the_tables(trace: Trace) -> None:
    analysis = analyze(trace)
    blame = {row.line: row.caused_wait_s for row in analysis.blame if row.caused_wait_s}
    assert by_line(trace, StackKind.BLAME) == pytest.approx(blame)
    victims = {row.line: row.wait_s for row in analysis.victims}
    assert by_line(trace, StackKind.WAITED) == pytest.approx(victims)
    locks = defaultdict[object, float](float)
    for row in analysis.locks:
        locks[row.waiter] += 0 if row.purpose else row.wait_s
    assert by_line(trace, StackKind.LOCKS) == pytest.approx(locks)
    held_s = sum(row.hold_s for row in analysis.threads)
    assert sum(by_line(trace, StackKind.HELD).values()) == pytest.approx(held_s)


def test_what_is_seen_is_a_part_of_it(trace: Trace) -> None:
    stacks = stacks_of(trace)
    assert stacks.seen_ns[StackKind.HELD] < stacks.total_ns(StackKind.HELD)
    for kind, seen_ns in stacks.seen_ns.items():
        assert 0 < seen_ns <= stacks.total_ns(kind)


def test_light_paths_are_put_together_when_there_is_no_room(trace: Trace) -> None:
    subjects = subjects_of(trace)
    (whole,) = stack_tables(subjects, [StackKind.WAITED])
    (short,) = stack_tables(subjects, [StackKind.WAITED], most_frames=3)
    assert whole.folded_paths == 0
    assert short.folded_paths > 0
    assert short.total_ns == whole.total_ns
    assert [row.is_folded for row in short.rows] == [False] * (len(short.rows) - 1) + [True]


def written(trace: Trace, wish: Wish, path: Path) -> str:
    with path.open("wb") as stream:
        write(subjects_of(trace), wish, stream)
    return path.read_text("utf-8")


def test_names_cannot_break_lines(tmp_path: Path) -> None:
    write_trace(tmp_path / "app.gil", 1, Shape(name=HOSTILE, function=HOSTILE))
    with gilscope.load(tmp_path / "app.gil") as trace:
        text = written(trace, Wish(FOLDED, "app.py"), tmp_path / "x.folded")
        (table,) = stack_tables(subjects_of(trace), [StackKind.BLAME])
        lines = text.split("\n")
        assert lines.pop() == ""
        for line, row in zip(lines, table.rows, strict=True):
            path, _, weight = line.rpartition(" ")
            assert int(weight) == row.weight_ns
            assert len(path.split(";")) == len(row.frames)
        document = json.loads(written(trace, Wish(SPEEDSCOPE, "app.py"), tmp_path / "x.json"))
    frames = document["shared"]["frames"]
    assert all(each["name"].isprintable() for each in frames)
    for profile in document["profiles"]:
        assert len(profile["samples"]) == len(profile["weights"])
        assert sum(profile["weights"]) == profile["endValue"]
        assert all(0 <= frame < len(frames) for sample in profile["samples"] for frame in sample)


def test_nothing_to_blame_is_said(tmp_path: Path) -> None:
    with TraceWriter(tmp_path / "app.gil") as out:
        out.meta(python="3.11.7", argv=["python", "app.py"])
        out.holds(holds_array([(0, 0, 1000, 1, 1)]))
        out.thread(1, "MainThread", 0, 1000, main=True)
        out.meta(end_ns=1000, end_reason="exit")
    with (
        gilscope.load(tmp_path / "app.gil") as trace,
        pytest.raises(GilscopeError, match="nobody waited for the GIL, so no line is to blame"),
    ):
        written(trace, Wish(FOLDED, "app.py"), tmp_path / "x")
