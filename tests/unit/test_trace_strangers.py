"""Lines about processes that were not recorded: the last of each counts, damage is left out."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from gilscope.analysis import analyze_program
from gilscope.analysis.unrecorded import other_programs, unrecorded_cpu_s
from gilscope.trace import load
from support.tracewriter import META, TraceWriter

if TYPE_CHECKING:
    from pathlib import Path

    from gilscope.trace import Trace

PROCESS = 16
SECOND = 1_000_000_000
START = 100 * SECOND


def line(pid: int, begin_s: float, end_s: float, **changes: object) -> bytes:
    """A line about a process; seconds count from the start of the recording."""
    row = {
        "pid": pid,
        "parent_pid": 10,
        "begin_ns": START + round(begin_s * SECOND),
        "end_ns": START + round(end_s * SECOND),
        "ended": True,
        "cpu_ns": SECOND,
        "reason": "not-python",
        "name": "ffmpeg",
        "executable": "ffmpeg",
        "command": ["ffmpeg", "-i", "x"],
    }
    return json.dumps(row | changes).encode()


def trace_of(path: Path, *lines: bytes) -> Trace:
    with TraceWriter(path / "x.gil", version=2) as writer:
        writer.meta(pid=10, start_monotonic_ns=START, argv=["python", "app.py"])
        writer.chunk(PROCESS, b"".join(each + b"\n" for each in lines))
        writer.meta(end_ns=9 * SECOND, end_reason="exit")
    return load(path / "x.gil")


def test_later_lines_replace_earlier_ones(tmp_path: Path) -> None:
    early = line(11, 1, 2, ended=False, cpu_ns=1)
    trace = trace_of(tmp_path, early, line(12, 0, 1), line(11, 1, 5))
    assert [each.pid for each in trace.strangers.rows] == [12, 11]
    assert [each.cpu_ns for each in trace.strangers.rows] == [SECOND, SECOND]
    assert not trace.warnings
    [_, late] = analyze_program(trace).unrecorded
    assert (late.start_s, late.wall_s, late.end, late.program) == (1.0, 4.0, "ended", "ffmpeg")


def test_one_pid_may_be_of_several_processes(tmp_path: Path) -> None:
    trace = trace_of(tmp_path, line(11, 1, 2), line(11, 3, 4))
    assert len(trace.strangers.rows) == 2


def test_what_was_recorded_is_no_stranger(tmp_path: Path) -> None:
    """It was seen before it had come to its start hook."""
    trace = trace_of(tmp_path, line(10, -0.05, 0.05, reason="unknown"), line(10, 5, 6))
    assert [each.begin_ns for each in trace.strangers.rows] == [START + 5 * SECOND]


def test_what_ended_before_is_left_out(tmp_path: Path) -> None:
    trace = trace_of(tmp_path, line(11, -2, -1), line(12, -2, 1))
    assert [each.pid for each in trace.strangers.rows] == [12]
    assert analyze_program(trace).unrecorded[0].start_s == 0.0


def test_damage_is_said_and_left_out(tmp_path: Path) -> None:
    damaged = [b"{", b"[]", b"{}", line(13, 1, 2, cpu_ns=-1), line(14, 1, 2, command="x")]
    trace = trace_of(tmp_path, *damaged, line(12, 1, 2), line(15, 1, 2, name="a\xff"))
    assert [each.pid for each in trace.strangers.rows] == [12, 15]
    assert trace.warnings == ("some facts about processes that were not recorded are damaged",)


def test_bytes_of_any_kind_are_names(tmp_path: Path) -> None:
    raw = line(11, 1, 2, name="NAME").replace(b"NAME", b"\xff\xc3")
    [each] = trace_of(tmp_path, raw).strangers.rows
    assert each.name == "\ufffd\ufffd"


def test_unknown_reasons_of_a_newer_gilscope(tmp_path: Path) -> None:
    trace = trace_of(tmp_path, line(11, 1, 2, reason="on-the-moon"))
    assert trace.strangers.rows[0].reason == "unknown"
    assert trace.strangers.unlisted == 0


def test_those_that_were_too_many_are_counted(tmp_path: Path) -> None:
    last = json.dumps({"unlisted": 7, "cpu_ns": 1}).encode()
    trace = trace_of(tmp_path, line(11, 1, 2), json.dumps({"unlisted": 3}).encode(), last)
    assert analyze_program(trace).unlisted == 7
    assert trace.warnings == ()


def test_names_that_the_kernel_cut(tmp_path: Path) -> None:
    long = {"name": "x86_64-linux-gn", "executable": "x86_64-linux-gnu-gcc-12"}
    python = {"reason": "option-S", "name": "python", "executable": "python3.11"}
    command = ["/usr/bin/python", "-S", "tool.py"]
    rows = line(11, 1, 2, **long), line(12, 2, 3, command=command, **python)
    names = [each.program for each in analyze_program(trace_of(tmp_path, *rows)).unrecorded]
    assert names == ["x86_64-linux-gnu-gcc-12", "tool.py"]


def test_of_others_than_the_first_only_what_they_started(tmp_path: Path) -> None:
    """Also what that started in turn."""
    path = tmp_path / "x.gil"
    started = ((11, 10), (21, 20), (22, 21))
    rows = [line(pid, pid / 20, 3, parent_pid=parent) for pid, parent in started]
    with TraceWriter(path, version=2) as writer:
        writer.meta(pid=10, start_monotonic_ns=START, end_ns=9 * SECOND)
        writer.chunk(PROCESS, b"\n".join(rows))
        meta = json.dumps({"pid": 20, "start_monotonic_ns": START, "end_ns": SECOND}).encode()
        at = writer.chunk(META, meta)
    data = bytearray(path.read_bytes())
    data[at + 12] = 1  # the number of the process, in the header of its META
    path.write_bytes(data)
    first, second = load(path).processes
    assert [each.count for each in other_programs(first)] == [3]
    assert [each.count for each in other_programs(second)] == [2]
    assert unrecorded_cpu_s(second) == 2.0
