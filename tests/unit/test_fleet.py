"""Many traces as one program: how they are aligned, named, counted, and what is said of gaps."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from gilscope.analysis.choice import Wanted
from gilscope.cli import main
from gilscope.errors import GilscopeError
from gilscope.fleet import analyze_files, files_of
from gilscope.fleet.lighter import lighter
from gilscope.report.gil.gathered import gaps, summary
from gilscope.report.gil.naming import places_of
from gilscope.report.gil.verdicts import tell
from gilscope.trace import load
from support import analyses
from support.tracewriter import TraceWriter, holds_array

if TYPE_CHECKING:
    from pathlib import Path

    from gilscope.analysis import Program

PROCESS = 16  # the kind of chunk
MS, S = 1_000_000, 1_000_000_000
NOON_NS = 1_700_000_000 * S
WALL_NS = 220 * MS


def write(
    path: Path,
    pid: int,
    *,
    wait_ms: int = 0,
    start_s: float = 0,
    ends: bool = True,
    strangers: bytes = b"",
    **meta: Any,
) -> None:
    """A process of two threads; one waits for so much of every 10 ms. It starts that long after
    noon; its host's monotonic clock was zero then, unless `meta` says otherwise.
    """
    holds = [
        ((10 * n + 10 - wait_ms) * MS, (10 * n + 10) * MS, (10 * n + 19) * MS, 1 + n % 2, 1)
        for n in range(20)
    ]
    facts = {
        "python": "3.11.7",
        "argv": ["python", "app.py"],
        "pid": pid,
        "began": "environment",
        "host": "web-1",
        "host_clock": "boot-1 monotonic 0 0",
        "start_unix_ns": NOON_NS + int(start_s * S),
        "start_monotonic_ns": int(start_s * S),
    }
    with TraceWriter(path, version=2) as out:
        out.meta(**facts | meta)
        out.code(1, "work", "/home/me/app.py", [3])
        out.paths([(1, 0, 1, 0)])
        out.sites([(1, 1, 0)])
        out.holds(holds_array(holds))
        for number in (1, 2):
            out.thread(number, f"t{number}", 0, WALL_NS, ended=False)
        if strangers:
            out.chunk(PROCESS, strangers)
        if ends:
            out.meta(end_ns=WALL_NS, end_reason=meta.get("end_reason", "exit"))


def other_host(**meta: Any) -> dict[str, Any]:
    return {"host": "web-2", "host_clock": "boot-2 monotonic 0 0"} | meta


def program_in(folder: Path, **options: Any) -> Program:
    return analyze_files(files_of([folder]), **options)


def test_processes_of_one_clock_are_aligned_exactly(tmp_path: Path) -> None:
    """Whatever the wall clock says: it was set by an hour in between."""
    write(tmp_path / "a", 1, start_s=5)
    write(tmp_path / "b", 2, start_s=7.25, start_unix_ns=NOON_NS + 3600 * S)
    program = program_in(tmp_path)
    assert [(each.pid, each.start_s) for each in program.processes] == [(1, 0.0), (2, 2.25)]
    assert program.collection
    assert program.collection.alignment.kind == "exact"
    assert program.collection.alignment.error_s == 0
    assert summary(program.collection) == (
        "2 traces from 1 host, aligned exactly: one monotonic clock timed them all"
    )
    assert not list(gaps(program.collection))


def test_hosts_are_aligned_by_their_wall_clocks(tmp_path: Path) -> None:
    write(tmp_path / "a", 1, start_s=5, time_error_ns=2 * MS)
    write(tmp_path / "b", 2, start_s=6, time_error_ns=3 * MS)
    late = other_host(start_monotonic_ns=999 * S, time_error_ns=30 * MS)
    write(tmp_path / "c", 1, start_s=5.5, **late)
    program = program_in(tmp_path)
    assert [each.start_s for each in program.processes] == [0.0, 0.5, 1.0]
    assert [each.host for each in program.processes] == ["web-1", "web-2", "web-1"]
    assert program.collection
    alignment = program.collection.alignment
    assert alignment.kind == "bounded"
    assert alignment.error_s == pytest.approx(0.033)
    assert summary(program.collection) == (
        "3 traces from 2 hosts, aligned by wall clocks to within 33 ms, according to their kernels"
    )


def test_nobody_knows_how_well_where_no_clock_is_set(tmp_path: Path) -> None:
    write(tmp_path / "a", 1, start_s=1, time_error_ns=2 * MS)
    write(tmp_path / "b", 1, start_s=2, **other_host())
    write(tmp_path / "c", 2, start_s=4, **other_host(start_unix_ns=NOON_NS + 5 * S))
    collection = program_in(tmp_path).collection
    assert collection
    assert (collection.alignment.kind, collection.alignment.error_s) == ("unknown", None)
    assert summary(collection).endswith(
        "nobody knows how well: no time service is known to set that of web-2"
    )
    assert list(gaps(collection)) == ["the wall clock of web-2 was set meanwhile, by 1.0 s"]


def test_old_traces_do_not_say_where_they_are_from(tmp_path: Path) -> None:
    for pid in (1, 2):
        write(tmp_path / f"{pid}", pid, start_s=pid, host=None, host_clock=None)
    program = program_in(tmp_path)
    assert [(each.host, each.start_s) for each in program.processes] == [
        ("unknown", 0),
        ("unknown", 1),
    ]
    assert program.collection
    assert program.collection.alignment.kind == "unknown"


def test_the_verdict_is_about_the_one_that_waits_most(tmp_path: Path) -> None:
    for pid, wait_ms in enumerate((0, 4, 8, 6), 1):
        write(tmp_path / f"{pid}", pid, wait_ms=wait_ms, start_s=pid)
    program = program_in(tmp_path)
    assert program.focus.pid == 3
    assert program.focus in program.processes
    assert [each.has_trouble for each in program.processes] == [False, True, True, True]
    alone = program_in(tmp_path / "3", wanted=None)
    assert replace(program.analysis, run=alone.analysis.run) == alone.analysis


@pytest.mark.parametrize("kind", analyses.SCREENS)
def test_what_is_kept_of_others_tells_the_same(kind: str) -> None:
    """Their verdict in words, without what grows with the run."""
    full = analyses.SCREENS[kind]()
    kept = lighter(full)
    assert tell(kept, places_of(full)) == tell(full, places_of(full))
    assert not any(each.timeline.holding for each in kept.threads)


def test_only_the_one_that_the_report_is_about_is_kept_in_full(tmp_path: Path) -> None:
    for pid, wait_ms in enumerate((4, 8, 6), 1):
        write(tmp_path / f"{pid}", pid, wait_ms=wait_ms, start_s=pid)
    for wanted, pid in ((None, 2), (Wanted(3), 3)):
        program = program_in(tmp_path, wanted=wanted)
        full = {
            each.pid
            for each in program.processes
            if each.analysis and each.analysis.threads[0].timeline.holding
        }
        assert full == {program.focus.pid} == {pid}


def test_one_is_chosen_by_its_pid_and_host(tmp_path: Path) -> None:
    write(tmp_path / "a", 1, start_s=1)
    write(tmp_path / "b", 1, start_s=2, **other_host())
    write(tmp_path / "c", 2, start_s=3, wait_ms=8, **other_host())
    program = program_in(tmp_path, wanted=Wanted(1, "web-2"))
    assert (program.focus.pid, program.focus.host, program.was_chosen) == (1, "web-2", True)
    assert program.analysis.threads[0].timeline.holding  # in full
    with pytest.raises(GilscopeError, match="2 hosts have a process 1") as error:
        program_in(tmp_path, wanted=Wanted(1))
    assert error.value.hint == "add the host: web-1:1, web-2:1"
    with pytest.raises(GilscopeError, match="set of 3 traces has no process web-1:2") as error:
        program_in(tmp_path, wanted=Wanted(2, "web-1"))
    assert error.value.hint == "it has web-1:1, web-2:1, web-2:2"


def test_hosts_of_the_same_name_are_told_apart(tmp_path: Path) -> None:
    write(tmp_path / "a", 1, start_s=1)
    write(tmp_path / "b", 1, start_s=2, host_clock="boot-2 monotonic 0 0")
    assert [each.host for each in program_in(tmp_path).processes] == ["web-1", "web-1#2"]


def test_processes_are_named_and_told_apart_across_files(tmp_path: Path) -> None:
    write(tmp_path / "parent", 10, start_s=1, argv=["python", "-m", "serve"])
    write(tmp_path / "fork", 11, start_s=2, began="fork", parent_pid=10)
    write(tmp_path / "stranger", 12, start_s=3, began="fork", parent_pid=10, **other_host())
    write(tmp_path / "before", 13, start_s=4, end_reason="exec")
    write(tmp_path / "after", 13, start_s=5)
    write(tmp_path / "reused", 13, start_s=6)
    found = [(each.pid, each.program, each.began) for each in program_in(tmp_path).processes]
    assert found == [
        (10, "-m serve", "environment"),
        (11, "fork of -m serve", "fork"),
        (12, "fork of app.py", "fork"),
        (13, "app.py", "environment"),
        (13, "app.py", "exec"),
        (13, "app.py", "environment"),
    ]


def test_children_with_traces_of_their_own_are_recorded_ones(tmp_path: Path) -> None:
    """What the kernel says of a parent's children is not said to be lost."""
    write(tmp_path / "a", 10, start_s=1, cpu_ns=S, children_cpu_ns=50 * S)
    write(tmp_path / "b", 11, start_s=2, parent_pid=10, cpu_ns=30 * S)
    write(tmp_path / "c", 12, start_s=3, parent_pid=10, began="fork", cpu_ns=19 * S)
    with load(tmp_path / "a") as alone:
        assert alone.meta.children_cpu_ns == 50 * S
    run = program_in(tmp_path).analysis.run
    assert (run.children_cpu_s, run.recorded_cpu_s, run.processes) == (
        0.96,
        50.0,
        3,
    )  # ticks of two
    verdict = program_in(tmp_path).analysis.verdict
    assert not verdict.facts.others_work
    (tmp_path / "b").unlink()
    verdict = program_in(tmp_path).analysis.verdict
    assert verdict.kind == "elsewhere"
    assert verdict.facts.others_cpu_s == 30.98


def test_ticks_of_recorded_children_are_no_work_of_others(tmp_path: Path) -> None:
    """The kernel counts in ticks of 10 ms: of 40 children, two each may be missing."""
    write(tmp_path / "a", 10, start_s=1, cpu_ns=20 * MS, children_cpu_ns=40 * 30 * MS)
    for pid in range(11, 51):
        write(tmp_path / f"{pid}", pid, start_s=2, parent_pid=10, began="fork", cpu_ns=10 * MS)
    analysis = program_in(tmp_path).analysis
    assert analysis.run.children_cpu_s == 0
    assert not analysis.verdict.facts.others_work


def test_a_process_that_became_another_has_used_its_cpu_once(tmp_path: Path) -> None:
    """The kernel goes on counting across an exec; its parent's children have used 8 s in all."""
    write(tmp_path / "a", 10, start_s=1, cpu_ns=S, children_cpu_ns=8 * S)
    child: dict[str, Any] = {"parent_pid": 10}
    write(tmp_path / "b", 11, start_s=2, cpu_ns=5 * S, began="fork", end_reason="exec", **child)
    write(tmp_path / "c", 11, start_s=3, cpu_ns=8 * S, began="environment", **child)
    run = program_in(tmp_path).analysis.run
    assert (run.children_cpu_s, run.recorded_cpu_s, run.processes) == (0, 9.0, 3)


def seen(pid: int, begin_s: float) -> bytes:
    """A line of a trace about a process that it has not recorded."""
    row = {
        "pid": pid,
        "parent_pid": 10,
        "begin_ns": int(begin_s * S),
        "end_ns": int(begin_s * S) + S // 10,
        "ended": True,
        "cpu_ns": 2 * S,
        "reason": "not-python",
        "name": "ffmpeg",
        "executable": "ffmpeg",
        "command": ["ffmpeg"],
    }
    return json.dumps(row).encode() + b"\n"


def test_strangers_of_one_trace_may_have_traces_of_their_own(tmp_path: Path) -> None:
    write(tmp_path / "a", 10, start_s=1, strangers=seen(20, 1.05) + seen(21, 1.06))
    write(tmp_path / "b", 21, start_s=1.1)
    write(tmp_path / "c", 20, start_s=3, strangers=seen(30, 3.1), **other_host())
    program = program_in(tmp_path)
    found = [(each.pid, each.host, round(each.start_s, 6)) for each in program.unrecorded]
    assert found == [
        (20, "web-1", 0.05),
        (30, "web-2", 2.1),
    ]
    assert program.analysis.run.children_cpu_s == 4
    [others] = program.analysis.verdict.facts.others
    assert (others.program, others.count, others.cpu_s) == ("ffmpeg", 2, 4)


def test_files_that_are_no_traces(tmp_path: Path) -> None:
    write(tmp_path / "a.gil", 1, start_s=1)
    write(tmp_path / "b.gil", 2, start_s=2)
    (tmp_path / "c.txt").write_text("hello")
    (tmp_path / "d.gil").touch()
    (tmp_path / "e.gil").write_bytes((tmp_path / "b.gil").read_bytes()[:64])
    write(tmp_path / "f.gil", 3, start_s=3, ends=False)
    (tmp_path / ".hidden").touch()
    (tmp_path / "folder").mkdir()
    program = program_in(tmp_path)
    assert program.collection
    assert [each.file for each in program.collection.unread] == ["c.txt", "d.gil", "e.gil"]
    assert program.collection.incomplete == ("f.gil",)
    unread, incomplete = gaps(program.collection)
    assert unread == (
        "3 files were not read, so this report lacks what is in them: "
        f"{tmp_path}/c.txt is not a gilscope trace, {tmp_path}/d.gil is empty, "
        f"{tmp_path}/e.gil does not say of which process it is"
    )
    assert incomplete == "1 trace is not complete, or still being written: f.gil"
    with pytest.raises(GilscopeError, match=r"c\.txt is not a gilscope trace"):
        analyze_files(files_of([tmp_path, tmp_path / "c.txt"]))
    with pytest.raises(GilscopeError, match="there is no file in"):
        files_of([tmp_path / "folder"])
    (tmp_path / "folder" / "notes").touch()
    with pytest.raises(GilscopeError, match="no trace is in"):
        program_in(tmp_path / "folder")


def test_a_file_that_is_named_twice_is_one(tmp_path: Path) -> None:
    write(tmp_path / "a", 1)
    (tmp_path / "link").symlink_to(tmp_path / "a")
    assert files_of([tmp_path, tmp_path / "a"]).paths == (tmp_path / "a",)


def test_the_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for pid in (1, 2, 3):
        write(tmp_path / f"{pid}.gil", pid, wait_ms=4, start_s=pid)
    write(tmp_path / "4.gil", 4, wait_ms=8, start_s=4, **other_host())
    assert main(["report", str(tmp_path)]) == 0
    shown = " ".join(capsys.readouterr().out.replace("\u258c", " ").split())
    assert "All 4 processes are held up by their GIL, most of all app.py (pid 4 on web-2):" in shown
    assert "3 x app.py on web-1 pid 1 …" in shown
    assert "app.py on web-2 pid 4 " in shown
    assert "4 traces from 2 hosts, aligned by wall clocks, nobody knows how well" in shown
    names = [str(tmp_path / f"{number}.gil") for number in (1, 4)]
    assert main(["report", *names, "--process", "web-1:1"]) == 0
    shown = capsys.readouterr().out
    assert "About app.py (pid 1 on web-1), one of 2 processes:" in shown
    assert f"{names[0]} {names[1]} --threads" in " ".join(shown.split())
    assert main(["report", str(tmp_path), "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["run"]["host"] == "web-2"
    assert [each["host"] for each in told["processes"]] == ["web-1"] * 3 + ["web-2"]
    assert told["collection"]["hosts"] == ["web-1", "web-2"]


@pytest.mark.parametrize("text", ["x", "web-1:", ":1", "1:x", "-1"])
def test_what_is_no_process(tmp_path: Path, capsys: pytest.CaptureFixture[str], text: str) -> None:
    assert main(["report", str(tmp_path), f"--process={text}"]) == 2
    assert "(for example 4711 or web-1:4711)" in capsys.readouterr().err
