"""Many processes: all are in the trace, and what that takes depends on what they did.

One after another there are a thousand on one interpreter; `--short-lives 1000` has as many on all.
"""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from support.invariants import check_trace
from support.processes import wait_until, with_file_open

if TYPE_CHECKING:
    from gilscope.trace import Trace
    from support.recording import Recording, Runner, Running

FEW = 100
AT_ONCE = 200
TO_BE_KILLED = 60
OF_EACH_KIND = 5
NURSERY_KB = 128
BYTES_EACH = 6_000  # rows of holds begin at a page, and a page has 4,096
GROWTH_KB = 2_000
COLLECTOR_KB = 1_000  # of a process that is at work


def memory_kb(pids: list[int]) -> int:
    """In use by these; what several of them share counts once."""
    total = 0
    for pid in pids:
        rollup = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
        total += next(int(line.split()[1]) for line in rollup if line.startswith("Pss:"))
    return total


def is_quiet(runner: Runner) -> bool:
    """There are the first process's collector and the doorkeeper, and one arena."""
    pids = with_file_open(str(runner.folder))
    try:
        links = [str(link.readlink()) for pid in pids for link in Path(f"/proc/{pid}/fd").iterdir()]
    except OSError:
        return False
    return len(pids) == 2 and sum(link.startswith("/memfd:gilscope") for link in links) == 1


def wait_for_quiet(runner: Runner) -> None:
    """The door is opened a few ms after somebody has come."""
    for _ in range(20):
        wait_until(lambda: is_quiet(runner))
        time.sleep(0.01)


def seen(running: Running, number: int) -> None:
    (running.fifo.parent / f"seen{number}").touch()


def by_pid(recording: Recording) -> dict[str, Trace]:
    return {str(each.meta.pid): each for each in recording.trace.processes[1:]}


def check_ends(recording: Recording) -> None:
    """As the program itself saw them."""
    statuses = recording.truth["statuses"]
    found = by_pid(recording)
    assert {pid: each.meta.exit_status for pid, each in found.items()} == statuses
    assert len(recording.trace.processes) == 1 + len(statuses)
    assert {each.meta.end_reason for each in found.values()} == {"exit"}
    assert all(each.finished and not each.warnings for each in found.values())


def test_one_after_another(runner: Runner, request: pytest.FixtureRequest) -> None:
    asked = request.config.getoption("--short-lives")
    many = asked or (1000 if runner.interpreter.tag == "3.11" else 200)
    running = runner.start_recording("short_lives.py", "turns", FEW, many - FEW)
    taken_kb = []
    for number in range(2):
        assert running.wait_ready() == number
        wait_for_quiet(runner)
        taken_kb.append(memory_kb(with_file_open(str(runner.folder))))
        seen(running, number)
    recording = running.finish()
    assert recording.returncode == 0, recording.stderr
    check_ends(recording)
    assert taken_kb[1] - taken_kb[0] < GROWTH_KB
    assert recording.trace.size_bytes < many * BYTES_EACH


def test_many_at_once(runner: Runner) -> None:
    running = runner.start_recording("short_lives.py", "at_once", AT_ONCE)
    assert running.wait_ready() == 0
    wait_until(lambda: len(with_file_open(str(runner.folder))) == 2 + AT_ONCE)
    assert memory_kb(with_file_open(str(runner.folder))) < AT_ONCE * COLLECTOR_KB
    seen(running, 0)
    recording = running.finish()
    assert recording.returncode == 0, recording.stderr
    check_ends(recording)
    for each in by_pid(recording).values():
        assert held_ms(each) >= recording.truth["held_ms"]
    assert recording.trace.size_bytes < AT_ONCE * 2 * BYTES_EACH
    wait_until(lambda: not with_file_open(str(runner.folder)))


def held_ms(trace: Trace) -> float:
    rows = trace.holds()
    return int((rows["release_ns"] - rows["acquire_ns"]).sum()) / 1e6


def test_a_kill_at_any_moment_loses_nothing(runner: Runner) -> None:
    """From the first thing on that a forked child does for itself."""
    recording = runner.record("short_lives.py", "killed", TO_BE_KILLED)
    found = by_pid(recording)
    reached = {pid: held for pid, held in recording.truth["held"].items() if held >= 0}
    assert sum(held > 0 for held in reached.values()) > TO_BE_KILLED / 3
    for pid, held in reached.items():
        trace = found[pid]
        assert trace.meta.end_reason == "killed"
        assert trace.finished
        assert not trace.warnings
        assert trace.hold_count() >= held
        assert held_ms(trace) >= held * recording.truth["held_ms"]


def has_nursery(pid: int) -> bool:
    for line in Path(f"/proc/{pid}/maps").read_text().splitlines():
        begin, end = (int(each, 16) for each in line.split()[0].split("-"))
        if "/memfd:gilscope" in line and end - begin == NURSERY_KB << 10:
            return True
    return False


def test_those_that_never_let_go_of_the_gil(runner: Runner) -> None:
    """They have a place in a nursery, and nothing else."""
    if "t" in runner.interpreter.tag:
        pytest.skip("there, each child joins when it begins")
    running = runner.start_recording("newborns.py", OF_EACH_KIND)
    assert running.wait_ready() == 0
    wait_until(lambda: any(map(has_nursery, with_file_open(str(runner.folder)))))
    seen(running, 0)
    recording = running.finish()
    assert recording.returncode == 0, recording.stderr
    lives = recording.truth["lives"]
    assert len(lives) == 7 * OF_EACH_KIND
    found = by_pid(recording)
    for pid, life in lives.items():
        check_life(found[pid], life, int(recording.trace.meta.pid))
    grandchildren = [each for each in found.values() if str(each.meta.parent_pid) in lives]
    assert len(grandchildren) == OF_EACH_KIND
    assert all(lives[str(each.meta.parent_pid)]["how"] == "forks" for each in grandchildren)
    assert len(recording.trace.processes) == 1 + len(lives) + len(grandchildren)
    for each in recording.trace.processes:
        check_trace(each)


def check_life(trace: Trace, life: dict[str, Any], parent: int) -> None:
    assert trace.meta.began == "fork"
    assert trace.meta.parent_pid == parent
    assert trace.finished
    assert not trace.warnings
    assert [each.name for each in trace.threads.values()] == ["MainThread"]
    assert held_ms(trace) >= life["held_ms"]
    if life["how"] == "executes":
        assert trace.meta.end_reason == "exec"
    elif life["status"] < 0:
        assert trace.meta.end_reason == "killed"
    else:
        assert (trace.meta.end_reason, trace.meta.exit_status) == ("exit", life["status"])
        assert held_ms(trace) <= life["took_ms"]
    if life["how"] in {"holds", "at once", "killed at once", "kills itself"}:
        assert trace.hold_count() == 1
