"""A trace whose size is limited: totals of the whole run, rows of its end."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

import numpy as np
import pytest

from gilscope.analysis.analyze import analyze
from gilscope.analysis.wholerun import sums_of
from gilscope.trace import SiteFlags
from support.interpreters import clean_environment, interpreters
from support.invariants import check_trace, held_and_count
from support.recording import PATIENCE_S, PROGRAMS, Runner

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from gilscope.trace import Trace
    from support.recording import Recording

KIB = 1024
RESERVE = 64 * KIB  # as documented: what ends a recording still fits
EARLY_US, LATE_US = 300, 400  # as in phases.py
STARTUP_HOLDS = 3000  # imports, and the threads' beginning: far less than the program does


def phases(runner: Runner, size: str, early_s: float, late_s: float, **env: str) -> Recording:
    return runner.record(
        "phases.py", early_s, late_s, options=["--no-children", "--max-size", size], env=env
    )


def test_totals_are_of_the_whole_run_and_rows_of_its_end(runner: Runner) -> None:
    recording = phases(runner, "256K", 3, 1.5)
    assert recording.returncode == 0
    assert recording.trace_path.stat().st_size <= 256 * KIB + RESERVE
    trace, analysis = recording.trace, recording.analysis
    check_trace(trace)
    assert analysis.run.end_reason == "exit"
    check_counts(recording)
    check_numbers(trace)
    # Rows: of the end alone, to the last hold.
    assert trace.first_row() > 0
    rows_from_s = analysis.run.rows_from_s
    assert 3 < rows_from_s < analysis.run.wall_s
    assert trace.holds()["release_ns"][-1] > (analysis.run.wall_s - 0.5) * 1e9
    functions = [row.line.function for row in analysis.blame]
    assert functions[0] == "late"
    assert "early" not in functions
    assert analysis.victims[0].line.function == "late"
    assert sum(row.fraction for row in analysis.blame) == pytest.approx(1, abs=0.1)
    check_words(recording)


def check_counts(recording: Recording) -> None:
    """The program knows how often it let go, and how long it kept the GIL, at least."""
    rows = {row.name: row for row in recording.analysis.threads}
    for number, (early, late) in enumerate(recording.truth["counts"]):
        row = rows[f"worker-{number}"]
        let_go = early + late
        assert let_go <= row.acquires - forced_of(recording.trace, row.thread) <= let_go + 100
        assert row.hold_s >= (early * EARLY_US + late * LATE_US) / 1e6
        assert row.contended_acquires > let_go / 2
        assert row.longest_hold_s >= LATE_US / 1e6
    total = sum(row.wait_s for row in recording.analysis.threads)
    assert recording.analysis.gil.wait_s == pytest.approx(total)
    assert sums_of(recording.trace).wait_ns == pytest.approx(total * 1e9)
    assert recording.analysis.gil.contended_fraction > 0.5


def forced_of(trace: Trace, thread: int) -> int:
    rows = trace.totals[0].threads
    return int(rows["forced"][rows["thread"] == thread].sum())


def check_words(recording: Recording) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "gilscope", "report", str(recording.trace_path)],
        capture_output=True,
        text=True,
        env=clean_environment() | {"COLUMNS": "160"},
        check=True,
        timeout=PATIENCE_S,
    )
    last = re.search(r"^rows of the last (.+); totals of the whole run$", done.stdout, re.MULTILINE)
    assert last, done.stdout
    verdict = " ".join(line[2:] for line in done.stdout.splitlines() if line.startswith("▌ "))
    assert f"in the last {last[1]}" in verdict
    assert "late" in verdict or "phases.py:2" in verdict


def test_totals_are_those_of_all_rows(runner: Runner) -> None:
    """As long as no row has to go, each total can be had from the rows, to the nanosecond."""
    trace = phases(runner, "1G", 0.5, 0.5).trace
    check_trace(trace)
    check_against_rows(trace)
    assert trace.rows_from_ns() == 0


def check_against_rows(trace: Trace) -> None:
    rows, totals = trace.holds(), trace.totals[0]
    assert totals.rows == len(rows) + trace.first_row()
    held, count = held_and_count(trace, 0)
    assert totals.holds == int(count.sum())
    waits = (rows["acquire_ns"] - rows["request_ns"]).astype(np.int64)
    single = count == 1
    for row in totals.threads:
        mine = rows["thread"] == row["thread"]
        assert int(row["holds"]) == int(count[mine].sum())
        assert int(row["held_ns"]) == int(held[mine].sum())
        assert int(row["longest_hold_ns"]) >= int(held[mine & single].max(initial=0))
        assert int(row["waits"]) == int((waits[mine] > 0).sum())
        assert int(row["wait_ns"]) == int(waits[mine].sum())
        assert int(row["longest_wait_ns"]) == int(waits[mine].max())
    flags = np.append(trace.sites().flags, 0)
    forced = flags[np.minimum(rows["site"], len(flags) - 1)] & SiteFlags.FORCED != 0
    assert int(totals.threads["forced"].sum()) == int(forced.sum())
    assert totals.contended_ns == union(trace)
    # Nothing is counted twice, nor left out: what is open at the end comes to it.
    analysis = analyze(trace, block_rows=97)
    assert analysis.gil.acquires == totals.holds
    assert analysis.gil.forced_releases == int(forced.sum())


def union(trace: Trace) -> int:
    """How long somebody waited, by the rows: in the order of their beginning."""
    waits = trace.waits()
    total, covered = 0, 0
    for at in np.argsort(waits.request_ns, kind="stable").tolist():
        begin, end = int(waits.request_ns[at]), int(waits.acquire_ns[at])
        total += max(0, end - max(begin, covered))
        covered = max(covered, end)
    return total


def test_turns_whose_rows_are_gone(runner: Runner) -> None:
    """Where nobody waits, rows stand for many holds: their number is as exact."""
    recording = runner.record(
        "many_turns.py", 200_000, options=["--no-children", "--max-size", "128K"]
    )
    check_trace(recording.trace)
    assert recording.trace_path.stat().st_size <= 128 * KIB + RESERVE
    assert recording.trace.first_row() > 0
    assert 0 <= recording.analysis.gil.acquires - 4 * 200_000 <= STARTUP_HOLDS


def test_processes_that_share_a_limit(runner: Runner) -> None:
    """Each has its totals, exactly, and rows of its end; the file is no larger for four of them."""
    options = ["--max-size", "1M"]
    recording = runner.record("phases_in_processes.py", 3, 1.5, options=options)
    assert recording.trace_path.stat().st_size <= 1024 * KIB + RESERVE
    traces = {each.meta.pid: each for each in recording.trace.processes}
    assert len(recording.truth["processes"]) == 4
    for pid, counts in recording.truth["processes"].items():
        trace = traces[int(pid)]
        check_trace(trace)
        check_numbers(trace)
        check_process(trace, counts)


def check_process(trace: Trace, counts: list[list[int]]) -> None:
    analysis = analyze(trace)
    assert analysis.run.end_reason == "exit"
    rows = {row.name: row for row in analysis.threads}
    for number, (early, late) in enumerate(counts):
        row = rows[f"worker-{number}"]
        assert early + late <= row.acquires - forced_of(trace, row.thread) <= early + late + 100
        assert row.hold_s >= (early * EARLY_US + late * LATE_US) / 1e6
    assert trace.first_row() > 0
    assert trace.holds()["release_ns"][-1] > (analysis.run.wall_s - 0.5) * 1e9
    assert analysis.blame[0].line.function == "late"


@pytest.mark.parametrize("size_kib", [200, 320])
def test_a_disk_that_is_full_while_room_is_reused(runner: Runner, size_kib: int) -> None:
    """A full disk is smaller than the limit, or hardly larger: what is said of it is true."""
    with disk_of(runner.folder / "disk", size_kib) as disk:
        path = disk / "0.gil"
        options = ["--no-children", "--max-size", "256K"]
        command = [*runner.launcher(path, *options), "--", *runner.command("phases.py", 1, 0.5)]
        running = runner.start(command, trace_path=path)
        try:
            recording = running.finish()
        finally:
            running.kill()
        assert recording.returncode == 0, recording.stderr
        check_trace(recording.trace)
        if recording.trace.meta.end_reason == "exit":
            check_counts(recording)
            check_numbers(recording.trace)
        else:
            assert recording.trace.meta.end_reason == "disk-full"
            assert "gilscope: " in recording.stderr
        recording.trace.close()


@contextmanager
def disk_of(folder: Path, size_kib: int) -> Iterator[Path]:
    folder.mkdir()
    mount = shutil.which("mount")
    command = ["mount", "-t", "tmpfs", "-o", f"size={size_kib}k", "gilscope-test", str(folder)]
    if mount is None or subprocess.run(command, capture_output=True, check=False).returncode:
        pytest.skip("a full disk cannot be had here: no right to mount")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)


@pytest.mark.parametrize("after_s", [0.5, 0.8, 1.3])
def test_a_program_that_is_killed_while_room_is_reused(runner: Runner, after_s: float) -> None:
    """What it had done is in the totals; rows and totals agree."""
    program = ["-c", KILLED, str(PROGRAMS / "phases.py"), str(after_s)]
    options = ["--no-children", "--max-size", "128K"]
    recording = runner.record(program, options=options, expect=None)
    assert recording.trace.meta.end_reason == "killed"
    assert recording.trace_path.stat().st_size <= 128 * KIB + RESERVE
    check_trace(recording.trace)
    check_numbers(recording.trace)
    held_s = sums_of(recording.trace).hold_ns / 1e9
    assert 0.5 * after_s < held_s <= recording.analysis.run.wall_s


KILLED = """
import os, runpy, signal, sys, threading
threading.Timer(float(sys.argv[2]), os.kill, [os.getpid(), signal.SIGKILL]).start()
sys.argv = [sys.argv[1], "5", "5"]
runpy.run_path(sys.argv[0])
"""


def test_a_limit_that_is_too_small_stops_the_recording(runner: Runner) -> None:
    recording = phases(runner, "8K", 0.2, 0.2)
    assert recording.returncode == 0
    assert recording.trace.meta.end_reason == "max-size"
    assert recording.trace_path.stat().st_size <= 8 * KIB + RESERVE
    assert "its size limit is reached" in recording.stderr


def check_numbers(trace: Trace) -> None:
    """The totals have each hold once, as the program itself has numbered them."""
    totals = trace.totals[0]
    assert totals.holds == int(totals.threads["holds"].sum())
    assert totals.rows == trace.first_row() + trace.hold_count()
    last = list(trace.hold_blocks(max_rows=1 << 20))[-1]
    assert totals.holds == int(last.index[-1] + last.count[-1])
    # Who had to wait has a row that says where; the program wrote the number of the hold.
    rows = np.flatnonzero(last.request_ns < last.acquire_ns)
    waited = trace.resumes().between(0, 2**62)["hold_row"].astype(np.int64)
    assert np.isin(last.index[rows], waited).sum() >= 0.9 * len(rows)


WRITES = [1, 2, 3, 5, 8, 13, 21, *range(40, 320, 23)]


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_a_collector_that_is_killed_at_any_write(faults_library: Path, tmp_path: Path) -> None:
    """The file is readable, and what a successor saves is in the totals, too."""
    runner = Runner(interpreters()[0], tmp_path)
    killed = resumed = 0
    for number in WRITES:
        env = {"LD_PRELOAD": str(faults_library), "FAULT_KILLS": "1"}
        for call in ("pwrite", "pwrite64"):
            env["FAULT"] = f"collector:{call}:{number}"
            recording = phases(runner, "256K", 0.5, 0.2, **env)
            if "ended early" not in recording.stderr:
                continue
            killed += 1
            check_trace(recording.trace)
            assert recording.trace_path.stat().st_size <= 256 * KIB + RESERVE, number
            if "is saved" in recording.stderr:
                resumed += 1
                check_numbers(recording.trace)
            break  # on each platform, one of the two is what the collector calls
    assert killed > 10
    assert resumed > 5
