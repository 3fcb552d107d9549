"""Recording takes from a program nothing that it would miss, and gives back what it took."""

from __future__ import annotations

import errno
import os
import signal
import subprocess
from typing import TYPE_CHECKING

import pytest

from support.invariants import check_trace

if TYPE_CHECKING:
    from support.recording import Recording, Runner


@pytest.mark.parametrize("free", range(17))
def test_few_descriptors(runner: Runner, free: int) -> None:
    """Recorded, or refused in one line; the program's own files are as they were."""
    truth = runner.plain("few_descriptors.py", free, runner.folder).truth
    assert truth["intact"] == [True] * 6
    assert truth["same_descriptors"]
    if truth["error"]:
        assert free < 5
        assert "Too many open files" in truth["error"]
        assert "\n" not in truth["error"]
    else:
        import gilscope

        check_trace(gilscope.load(runner.folder / "few.gil"))


def test_many_blocks_take_no_more_memory(runner: Runner) -> None:
    """200 kB a block were lost once, which 400 blocks would make 80 MB."""
    truth = runner.plain("many_blocks.py", 400, runner.folder).truth
    assert truth["resident_kb"] < 4_000
    assert truth["mapped_kb"] < 4_000


@pytest.mark.parametrize("orphans", ["", "subreaper"])
def test_a_pipe_that_the_program_closes_has_ended(runner: Runner, orphans: str) -> None:
    """No helper of gilscope's keeps a copy of it open."""
    recording = runner.plain("closes_pipe.py", runner.folder, orphans)
    assert recording.truth == {"recording": True, "ended": True}


def test_a_trace_is_its_owners_alone(runner: Runner) -> None:
    """It holds command lines. Neither recording honours a link that lies in its place."""
    elsewhere = runner.folder / "elsewhere"
    elsewhere.write_text("somebody's")
    (runner.folder / "1.gil").symlink_to(elsewhere)
    recording = runner.record("fib_threads.py", 2, 12, options=["--force"])
    assert elsewhere.read_text() == "somebody's"
    assert not recording.trace_path.is_symlink()
    assert recording.trace_path.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize(
    ("number", "word"),
    [(signal.SIGKILL, "has ended"), (signal.SIGSTOP, "has done nothing for a second")],
)
def test_nobody_drains(runner: Runner, number: int, word: str) -> None:
    """Its memory grew to 256 MB, and stayed."""
    recording = runner.record("undrained.py", int(number))
    truth = recording.truth
    assert truth["recorded_before"]
    assert truth["noticed"]
    assert truth["left_kb"] < 1_000
    said = [line for line in recording.stderr.splitlines() if "recording stopped" in line]
    assert said == [f"gilscope: recording stopped: its collector {word}; the program goes on"]
    assert recording.trace.hold_count() >= 0  # what was written by then can be read


@pytest.mark.parametrize(("threads", "most_kb"), [(1, 2_000), (100, 2_000)])
def test_address_space_is_taken_as_needed(runner: Runner, threads: int, most_kb: int) -> None:
    """272 MB were reserved, which a program under `ulimit -v` may not have."""
    truth = runner.record("arena_size.py", threads).truth
    assert 0 < truth["resident_kb"] <= truth["size_kb"] < most_kb


def test_many_segments_and_cells_are_mapped_when_they_are_used(runner: Runner) -> None:
    """More threads than a block has cells for."""
    recording = runner.record("arena_size.py", 1_500)
    check_trace(recording.trace)
    assert len(recording.trace.threads) == 1_500


needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody else")


@needs_root
def test_a_program_that_gives_up_being_root_reaches_no_process_that_is(runner: Runner) -> None:
    """It made the collector, still root, write where it chose."""
    recording = runner.record("hostile_drop.py")
    assert recording.truth == {"before": ["0"], "after": ["65534"]}
    assert "ended early" not in recording.stderr


@needs_root
def test_another_pid_namespace(runner: Runner) -> None:
    """The program's pid is another process's here: the right one is sampled."""
    unshare = ["unshare", "-pf", "--mount-proc"]
    recording = in_namespace(runner, unshare, "fib_threads.py", 3, 27)
    check_trace(recording.trace)
    assert recording.trace.meta.sampler.kind == "ok"
    assert recording.analysis.run.samples > 0


@needs_root
def test_another_time_namespace(runner: Runner) -> None:
    """Its clock is days ahead: 0.2 s were reported as four days."""
    unshare = ["unshare", "-T", "--monotonic", "400000"]
    recording = in_namespace(runner, unshare, "fib_threads.py", 2, 20)
    check_trace(recording.trace)
    assert recording.analysis.run.wall_s < 100


def in_namespace(runner: Runner, unshare: list[str], program: str, *arguments: int) -> Recording:
    if subprocess.run([*unshare, "true"], check=False, capture_output=True).returncode:
        pytest.skip("no such namespace can be had here")
    trace = runner.folder / "namespace.gil"
    words = [*unshare, *runner.command(program, *arguments)]
    running = runner.start([*runner.launcher(trace), "--", *words], trace_path=trace)
    try:
        recording = running.finish()
    finally:
        running.kill()
    assert recording.returncode == 0, recording.stderr
    return recording


@pytest.mark.parametrize("memory", ["readable", "refused"])
def test_exec_is_noticed_even_where_memory_cannot_be_read(runner: Runner, memory: str) -> None:
    """What the next program does in its two seconds is no holding; a failed attempt is no end."""
    trace = runner.folder / "exec.gil"
    command = [*runner.launcher(trace), "--", *runner.command("exec_late.py")]
    if memory == "refused":
        command = [*runner.command("without.py", errno.EPERM, "process_vm_readv"), *command]
    running = runner.start(command, trace_path=trace)
    try:
        recording = running.finish()
    finally:
        running.kill()
    if "no filter of system calls here" in recording.stderr:
        pytest.skip("no seccomp here")
    check_trace(recording.trace)
    run = recording.analysis.run
    assert run.end_reason == "exec"
    assert recording.truth["before_s"] < run.wall_s < recording.truth["before_s"] + 1.5
