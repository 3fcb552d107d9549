"""Signals, job control and exit statuses are the program's, as if gilscope were not there."""

from __future__ import annotations

import json
import os
import pty
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from support.processes import collectors_of, state_of, wait_for_state, wait_until
from support.recording import PROGRAMS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from support.recording import Runner, Running

CATCHABLE = sorted(signal.valid_signals() - {signal.SIGKILL, signal.SIGSTOP, signal.SIGTERM})


@pytest.fixture
def terminal() -> Iterator[tuple[int, int]]:
    master, slave = pty.openpty()
    yield master, slave
    for descriptor in (master, slave):
        os.close(descriptor)


def test_every_signal_reaches_the_program_once(any_runner: Runner) -> None:
    """Sent to gilscope alone. Truth: the program answers with each number, then ends with 7."""
    running = any_runner.start_recording("every_signal.py")
    try:
        assert running.wait_ready() != running.process.pid
        answers = []
        for number in CATCHABLE:
            os.kill(running.process.pid, number)
            answers.append(running.wait_ready())
        os.kill(running.process.pid, signal.SIGTERM)
        recording = running.finish()
    finally:
        running.kill()
    assert answers == CATCHABLE
    assert len(answers) > 55
    assert recording.returncode == 7, recording.stderr


def nothing_pending(pid: int) -> bool:
    return b"ShdPnd:\t0000000000000000" in status_of(pid)


def test_a_signal_to_the_whole_group_is_not_passed_on_again(runner: Runner) -> None:
    """`timeout`, shells and process managers signal groups. Truth: one answer to each."""
    numbers = [signal.SIGUSR1, signal.SIGHUP, signal.SIGINT, signal.SIGUSR1, signal.SIGRTMIN]
    running = runner.start_recording("every_signal.py")
    answers = []
    try:
        running.wait_ready()
        for number in numbers:
            os.killpg(running.process.pid, number)
            answers.append(running.wait_ready())
            wait_until(lambda: nothing_pending(running.process.pid))  # not one with the next
            os.kill(running.process.pid, number)  # to gilscope alone, again
            answers.append(running.wait_ready())
            os.kill(running.process.pid, signal.SIGUSR2)
            answers.append(running.wait_ready())
        os.killpg(running.process.pid, signal.SIGTERM)
        recording = running.finish()
    finally:
        running.kill()
    expected = [each for number in numbers for each in (number, number, signal.SIGUSR2)]
    assert answers == expected
    assert recording.returncode == 7


@pytest.mark.parametrize("name", ["SIGALRM", "SIGPROF", "SIGXCPU", "SIGPWR", "SIGSYS", "SIGRTMIN"])
def test_a_signal_that_ends_the_program_leaves_no_orphan(runner: Runner, name: str) -> None:
    number = getattr(signal, name)
    running = runner.start_recording("signals.py", "default")
    try:
        program = running.wait_ready()
        os.kill(running.process.pid, number)
        recording = running.finish()
    finally:
        running.kill()
    assert recording.returncode == -number
    assert state_of(program) == ""
    assert recording.trace.hold_count() > 0


def test_a_signal_before_there_is_a_program_is_the_programs(runner: Runner) -> None:
    """Sent while gilscope itself starts: the program ends by it, and nothing is left."""
    read, write = os.pipe()
    wait = "import os, sys; os.read(int(sys.argv[1]), 1); os.execv(sys.argv[2], sys.argv[2:])"
    # Blocked, it is pending until gilscope takes it; so it comes at the earliest moment.
    launcher = runner.launcher(runner.folder / "t.gil")
    block = "import signal; signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGUSR1});"
    unblock = "import signal; signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGUSR1}); "
    command = [*launcher, "--", *runner.command(["-c", unblock + "print('not ended')"])]
    process = subprocess.Popen(
        [sys.executable, "-c", block + wait, str(read), *command], pass_fds=[read], cwd="/"
    )
    os.kill(process.pid, 0)
    wait_until(lambda: b"SigBlk:\t0000000000000200" in status_of(process.pid))
    os.kill(process.pid, signal.SIGUSR1)
    os.write(write, b"x")
    assert process.wait(60) == -signal.SIGUSR1
    os.close(read)
    os.close(write)


def status_of(pid: int) -> bytes:
    return Path(f"/proc/{pid}/status").read_bytes()


def test_an_alarm_from_before_the_launch_is_the_programs(runner: Runner) -> None:
    """As in `perl -e 'alarm 2; exec @ARGV' …`: it goes with the process, which is gilscope's."""
    alarm = "import os, signal, sys; signal.alarm(2); os.execv(sys.argv[1], sys.argv[1:])"
    command = runner.command("signals.py", "default")
    launched = [*runner.launcher(runner.folder / "t.gil"), "--", *command]
    for words in (command, launched):
        running = runner.start([sys.executable, "-c", alarm, *words])
        try:
            program = running.wait_ready()
            assert running.finish().returncode == -signal.SIGALRM
        finally:
            running.kill()
        assert state_of(program) == ""


def test_the_exit_status_survives_an_ignored_sigchld(runner: Runner) -> None:
    code = "import signal; print(repr(signal.getsignal(signal.SIGCHLD))); raise SystemExit(7)"
    command = runner.command(["-c", code])
    ignore = "signal.signal(signal.SIGCHLD, signal.SIG_IGN); os.execv(sys.argv[1], sys.argv[1:])"
    shell = [sys.executable, "-c", f"import os, signal, sys; {ignore}"]
    plain = runner.start([*shell, *command]).finish()
    trace = runner.folder / "t.gil"
    recorded = runner.start([*shell, *runner.launcher(trace), "--", *command]).finish()
    assert (plain.returncode, recorded.returncode) == (7, 7)
    assert "SIG_IGN" in plain.stdout
    assert recorded.stdout == plain.stdout
    assert trace.exists()


# --- stopping and continuing ---------------------------------------------------------------------


def test_job_control(runner: Runner, terminal: tuple[int, int]) -> None:
    """Ctrl-Z stops both for the shell to see, `fg` continues both, Ctrl-C arrives once."""
    master, slave = terminal
    trace = runner.folder / "t.gil"
    command = [*runner.launcher(trace), "--", *runner.command("signals.py", "handled")]
    shell = [sys.executable, str(PROGRAMS / "job_shell.py"), *command]
    running = runner.start(shell, stdin=slave, trace_path=trace)
    try:
        program = running.wait_ready()
        for _ in range(3):
            os.write(master, b"\x1a")
            job = running.wait_ready()
            assert (state_of(job), state_of(program)) == ("T", "T")
            os.write(master, b"fg\n")
            wait_until(lambda: state_of(job) != "T" and state_of(program) != "T")  # noqa: B023
        os.write(master, b"\x03")
        ended = running.finish()
    finally:
        running.kill()
    assert ended.stdout.splitlines()[0] == "SIGINT"
    assert ended.stdout.count("SIGINT") == 1
    assert json.loads(ended.stdout.splitlines()[-1]) == {"stops": ["SIGTSTP"] * 3, "status": 5}
    assert ended.trace.hold_count() > 0


def test_a_program_that_reads_the_terminal_from_the_background(
    runner: Runner, terminal: tuple[int, int]
) -> None:
    """Its SIGTTIN stops gilscope by the same signal: the shell says 'stopped (tty input)'."""
    _, slave = terminal
    code = "import os; os.setpgid(0, 0); os.read(0, 1)"
    # In a group of its own it is not in the foreground, and gilscope is.
    command = [*runner.launcher(runner.folder / "t.gil"), "--", *runner.command(["-c", code])]
    shell = [sys.executable, str(PROGRAMS / "job_shell.py"), *command]
    running = runner.start(shell, stdin=slave)
    try:
        job = running.wait_ready()
        assert state_of(job) == "T"
        others = collectors_of(job, required=False)
        (program,) = {pid for pid in children_of(job) if os.getpgid(pid) == pid} - set(others)
        os.kill(program, signal.SIGKILL)
        os.kill(job, signal.SIGCONT)
        os.write(terminal[0], b"fg\n")
        ended = running.finish()
    finally:
        running.kill()
    assert json.loads(ended.stdout.splitlines()[-1]) == {
        "stops": ["SIGTTIN"],
        "status": -signal.SIGKILL,
    }


def children_of(parent: int) -> list[int]:
    text = Path(f"/proc/{parent}/task/{parent}/children").read_text()
    return [int(word) for word in text.split()]


@pytest.fixture
def waiting(runner: Runner) -> Iterator[tuple[Running, int]]:
    running = runner.start_recording("signals.py", "handled")
    try:
        program = running.wait_ready()
        yield running, program
        os.kill(running.process.pid, signal.SIGTERM)
        recording = running.finish()
    finally:
        running.kill()
    assert recording.returncode == 5
    assert recording.stdout == "SIGTERM\n"
    assert recording.trace.hold_count() > 0


def test_sigstop_to_gilscope_stops_the_program(waiting: tuple[Running, int]) -> None:
    running, program = waiting
    for _ in range(2):
        os.kill(running.process.pid, signal.SIGSTOP)
        wait_for_state(program, "T")
        os.kill(running.process.pid, signal.SIGCONT)
        wait_for_state(program, "S")
        wait_for_state(running.process.pid, "S")


def test_a_program_that_is_stopped_and_continued_by_itself(waiting: tuple[Running, int]) -> None:
    """As a debugger or the program may do: gilscope follows, both ways."""
    running, program = waiting
    for _ in range(2):
        os.kill(program, signal.SIGSTOP)
        wait_for_state(running.process.pid, "T")
        os.kill(program, signal.SIGCONT)
        wait_for_state(program, "S")
        wait_for_state(running.process.pid, "S")


@pytest.mark.parametrize("name", ["SIGSTOP", "SIGCONT"])
def test_to_the_whole_group(waiting: tuple[Running, int], name: str) -> None:
    running, program = waiting
    os.killpg(running.process.pid, signal.SIGSTOP)
    wait_for_state(program, "T")
    wait_for_state(running.process.pid, "T")
    if name == "SIGCONT":
        os.killpg(running.process.pid, signal.SIGCONT)
    else:
        os.kill(running.process.pid, signal.SIGCONT)
    wait_for_state(program, "S")
    wait_for_state(running.process.pid, "S")


# --- the launcher is killed ----------------------------------------------------------------------


def test_a_killed_launcher_costs_only_the_report(runner: Runner) -> None:
    """The program goes on, recorded to its end; the collector ends with it."""
    running = runner.start_recording("signals.py", "handled")
    try:
        program = running.wait_ready()
        (collector,) = collectors_of(running.process.pid)
        os.kill(running.process.pid, signal.SIGKILL)
        running.process.wait(60)
        time.sleep(0.3)
        assert state_of(program) != ""
        assert state_of(collector) != ""
        os.kill(program, signal.SIGTERM)
        wait_until(lambda: state_of(program) == "" and state_of(collector) == "")
        recording = running.finish()
    finally:
        running.kill()
    assert recording.stdout == "SIGTERM\n"
    assert recording.analysis.run.end_reason == "exit"


# --- what else is inherited ----------------------------------------------------------------------


def test_descriptors_of_the_shell_reach_the_program(runner: Runner) -> None:
    """`gilscope run cat.py <(echo hello)` hands over a descriptor above 2."""
    code = "import sys; print(open(sys.argv[1]).read(), end='')"
    command = [*runner.launcher(runner.folder / "t.gil"), "--", *runner.command(["-c", code])]
    read, write = os.pipe()
    os.write(write, b"hello\n")
    os.close(write)
    done = subprocess.run(
        [*command, f"/dev/fd/{read}"], pass_fds=[read], capture_output=True, text=True, check=True
    )
    os.close(read)
    assert done.stdout == "hello\n"


def test_the_output_ends_when_the_program_closes_it(runner: Runner) -> None:
    """Not only when gilscope ends: whoever reads it may wait for that."""
    code = (
        "import os, sys; sys.path.insert(0, sys.argv[1]); from _truth import ready;"
        "os.write(1, b'all'); os.close(1); ready(); os.read(0, 1)"
    )
    read, write = os.pipe()
    running = runner.start_recording(["-c", code, str(PROGRAMS)], stdin=read)
    try:
        running.wait_ready()
        assert running.process.stdout is not None
        assert os.read(running.process.stdout.fileno(), 100) == b"all"
        assert os.read(running.process.stdout.fileno(), 100) == b""  # the program is still there
        os.close(write)
        assert running.finish().returncode == 0
    finally:
        running.kill()
        os.close(read)
