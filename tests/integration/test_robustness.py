"""When recording cannot go on, the program does, and one line says so."""

from __future__ import annotations

import os
import shutil
import subprocess
from typing import TYPE_CHECKING

import pytest

from support.invariants import check_trace
from support.processes import collectors_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from support.recording import Recording, Runner

BUSY = ("pingpong.py", 25_000)


def lines_of_gilscope(recording: Recording) -> list[str]:
    lines = recording.stderr.splitlines()
    assert all(line.startswith("gilscope: ") for line in lines), lines
    return lines


def record_to(runner: Runner, trace: Path, *options: str) -> Recording:
    command = [*runner.launcher(trace, *options), "--", *runner.command(*map(str, BUSY))]
    running = runner.start(command, trace_path=trace)
    try:
        return running.finish()
    finally:
        running.kill()


@pytest.mark.parametrize("place", ["missing/t.gil", "a-file/t.gil"])
def test_a_trace_that_cannot_be_created(runner: Runner, place: str) -> None:
    """Asked for before anything runs, this is a mistake of the user: said, or run unrecorded."""
    (runner.folder / "a-file").touch()
    recording = record_to(runner, runner.folder / place)
    assert "Traceback" not in recording.stderr
    assert "gilscope: " in recording.stderr
    assert place in recording.stderr or place.split("/", maxsplit=1)[0] in recording.stderr


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of two megabytes, where this user may mount one."""
    folder = tmp_path / "disk"
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=2m", "gilscope-test", str(folder)]
    mount = shutil.which("mount")
    if mount is None or subprocess.run(command, capture_output=True, check=False).returncode:
        pytest.skip("a full disk cannot be had here: no right to mount")
    yield folder
    subprocess.run(["umount", "-l", str(folder)], check=True)


def test_full_disk(runner: Runner, small_disk: Path) -> None:
    (small_disk / "ballast").write_bytes(bytes(3 << 19))
    recording = record_to(runner, small_disk / "t.gil")
    assert recording.returncode == 0
    assert recording.truth == {"rounds": BUSY[1]}
    assert recording.analysis.run.end_reason == "disk-full"
    assert len(lines_of_gilscope(recording)) == 2
    check_trace(recording.trace)
    assert recording.trace.hold_count() > 0


def test_deleted_folder(runner: Runner) -> None:
    """The file lives on without a name while it is open; what counts is that nothing breaks."""
    folder = runner.folder / "gone"
    folder.mkdir()
    trace = folder / "t.gil"
    command = [*runner.launcher(trace), "--", *runner.command("signals.py")]
    running = runner.start(command, trace_path=trace)
    try:
        pid = running.wait_ready()
        shutil.rmtree(folder)
        os.kill(pid, 10)  # SIGUSR1
        recording = running.finish()
    finally:
        running.kill()
    assert recording.returncode == 5
    assert "Traceback" not in recording.stderr


def test_the_collector_is_killed(runner: Runner) -> None:
    """The program notices nothing; what was written by then can be read."""
    running = runner.start_recording("signals.py")
    try:
        pid = running.wait_ready()
        for collector in collectors_of(running.process.pid):
            os.kill(collector, 9)
        os.kill(pid, 10)
        recording = running.finish()
    finally:
        running.kill()
    assert recording.returncode == 5
    assert recording.stdout == "SIGUSR1\n"
    assert "Traceback" not in recording.stderr
    assert recording.trace.hold_count() >= 0


def test_truncated_trace_is_read_as_far_as_it_goes(runner: Runner) -> None:
    """At every length: tests/unit damages traces more thoroughly, this one is real."""
    import gilscope
    from gilscope.analysis import analyze
    from gilscope.errors import GilscopeError

    recording = runner.record("fib_threads.py", 2, 20)
    data = recording.trace_path.read_bytes()
    for size in (0, 10, 63, 64, 100, 4000, 5000, len(data) // 2, len(data) - 100):
        recording.trace_path.write_bytes(data[:size])
        try:
            analysis = analyze(gilscope.load(recording.trace_path))
        except GilscopeError as error:
            assert size < 64, error
            assert error.hint
        else:
            assert analysis.verdict.kind
