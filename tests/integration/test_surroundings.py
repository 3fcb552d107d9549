"""Hostile surroundings and odd programs: recorded, or not and one line says why; never harmed."""

from __future__ import annotations

import ctypes.util
import os
import shlex
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from support.broken import NOTHING_LEFT
from support.invariants import check_trace
from support.native import compile_library
from support.recording import PROGRAMS, Runner

if TYPE_CHECKING:
    from support.recording import Recording

ARGS = 'sh "$@"'
EXEC = f"sh -c 'exec \"$@\"' {ARGS}"
NOBODY = "setpriv --reuid 65534 --regid 65534 --clear-groups"
READ_ONLY = "mount -t tmpfs -o ro none ro"
TIME_NAMESPACE = "unshare --time --monotonic 100000 --fork"
# How a shell runs "$@" there, and the words with which nothing is recorded; "": it is recorded;
# None: either, as the room that is left decides.
PLACES: dict[str, tuple[str, str | None]] = {
    **{f"{n} descriptors": (f'ulimit -n {n}; exec "$@"', None) for n in range(5, 17)},
    "64 descriptors": ('ulimit -n 64; exec "$@"', ""),
    "no /proc": (f"unshare --mount sh -c 'mount -t tmpfs none /proc; exec \"$@\"' {ARGS}", ""),
    "no /dev/shm": (f"unshare --mount sh -c 'umount -l /dev/shm; exec \"$@\"' {ARGS}", ""),
    "nobody": (f"{NOBODY} {EXEC}", ""),
    "little address space": ('ulimit -v 200000; exec "$@"', None),
    "small files": ('ulimit -f 8; exec "$@"', "File too large"),
    "read-only folder": (
        f"mkdir -p ro; unshare --mount sh -c '{READ_ONLY}; cd ro; exec \"$@\"' {ARGS}",
        "Read-only file system",
    ),
    "deleted folder": ('mkdir x; cd x; rmdir ../x; exec "$@"', "No such file or directory"),
    "PID namespace": ('unshare --pid --fork --mount-proc --kill-child "$@"', ""),
    "PID namespace, outer /proc": ('unshare --pid --fork --kill-child "$@"', ""),
    "time namespace": (f'{TIME_NAMESPACE} "$@"', ""),
    "user namespace": ('unshare --user "$@"', ""),
    "root of a user namespace": ('unshare --user --map-root-user "$@"', ""),
    "little memory for locks": ('ulimit -l 0; exec "$@"', ""),
    "no core dumps": ('ulimit -c 0; exec "$@"', ""),
    "no environment": ('exec env -i "$@"', ""),
    "no home, no PATH": ('unset HOME PATH; exec "$@"', ""),
}
REFUSED = {
    "process_vm_readv": "",
    "memfd_create": "cannot make shared memory",
    "pidfd_open": "",
    "prctl": "",
    "close_range": "",
    "set_robust_list": "",
    "fallocate": "",
    "pidfd_open,pidfd_send_signal,process_vm_readv,prctl": "",
}


def in_place(runner: Runner, shell: str, command: list[str]) -> Recording:
    """Run a command where the shell's words put it."""
    running = runner.start(["sh", "-c", shell, "sh", *command], trace_path=runner.folder / "t.gil")
    try:
        return running.finish()
    finally:
        running.kill()


def compare(runner: Runner, shell: str, words: str | None, program: list[str]) -> None:
    plain = in_place(runner, shell, program)
    if plain.returncode != 4:
        reason = (plain.stderr.strip().splitlines() or [f"status {plain.returncode}"])[-1]
        pytest.skip(f"not to be had here: {reason}")
    trace = "t.gil" if words else runner.folder / "t.gil"
    python = str(runner.interpreter.python)
    launcher = [python, "-m", "gilscope", "run", "-o", str(trace), "--no-report"]
    recorded = in_place(runner, shell, [*launcher, "--", *program])
    assert (recorded.returncode, recorded.stdout) == (plain.returncode, plain.stdout)
    lines = recorded.stderr.splitlines()
    assert len(lines) == 1, lines
    if words or (words is None and "not recording" in lines[0]):
        assert lines[0].startswith("gilscope: not recording: ")
        assert lines[0].endswith("the program runs all the same")
        assert (words or "") in lines[0]
        assert not recorded.trace_path.exists()
    else:
        assert lines[0].startswith("gilscope: trace ")
        check_trace(recorded.trace)


def finishing(runner: Runner) -> list[str]:
    code = (
        f"import sys; sys.path.insert(0, {str(PROGRAMS)!r}); import _truth; print(_truth.fib(18))"
    )
    return runner.command(["-c", f"{code}; sys.exit(4)"])


@pytest.mark.parametrize("place", PLACES)
def test_place(runner: Runner, place: str, request: pytest.FixtureRequest) -> None:
    shell, words = PLACES[place]
    if place == "nobody":  # pytest's folders are closed to others
        folder = Path(tempfile.mkdtemp(prefix="gilscope-nobody-"))
        folder.chmod(0o777)
        request.addfinalizer(lambda: shutil.rmtree(folder))
        runner = Runner(runner.interpreter, folder)
    compare(runner, shell, words, finishing(runner))


@pytest.mark.parametrize("errno", [1, 38], ids=["EPERM", "ENOSYS"])
@pytest.mark.parametrize("names", REFUSED)
def test_sandbox(runner: Runner, names: str, errno: int) -> None:
    """As filters of containers refuse system calls, and as old kernels lack them."""
    sandbox = shlex.join(runner.command("without.py", errno, names))
    compare(runner, f'exec {sandbox} "$@"', REFUSED[names], finishing(runner))


@pytest.mark.parametrize("errno", [1, 38], ids=["EPERM", "ENOSYS"])
@pytest.mark.parametrize("names", REFUSED)
def test_sandbox_around_record(runner: Runner, names: str, errno: int) -> None:
    sandbox = runner.command("without.py", errno, names)
    program = runner.command("record_alone.py", "well", runner.folder)
    ended = runner.start([*sandbox, *program]).finish()
    assert REFUSED[names] in ended.truth.pop("error")
    assert ended.truth == {**NOTHING_LEFT, "trace": not REFUSED[names]}


def test_a_killed_program_leaves_no_collector_in_a_sandbox(runner: Runner) -> None:
    """Where nothing tells of a process's end, the collector finds out by itself."""
    from support.processes import wait_until, with_file_open

    code = (
        "import gilscope, os, sys; gilscope.record(sys.argv[1]).__enter__();os.kill(os.getpid(), 9)"
    )
    sandbox = runner.command("without.py", 1, "pidfd_open,process_vm_readv")
    trace = runner.folder / "t.gil"
    assert runner.start([*sandbox, *runner.command(["-c", code, str(trace)])]).finish().returncode
    wait_until(lambda: not with_file_open(str(runner.folder)))
    assert trace.exists()


ODD = ["small stacks", "recursion", "switch interval", "closed descriptors", "other user"]


@pytest.mark.parametrize("kind", [*ODD, "cleared environment", "gevent", "uvloop"])
def test_odd_program(runner: Runner, kind: str) -> None:
    if kind in ("gevent", "uvloop"):
        command = runner.command(["-c", f"import {kind}"])
        if subprocess.run(command, capture_output=True, check=False).returncode:
            pytest.skip(f"{kind} is not installed for {runner.interpreter.tag}")
    if kind == "other user" and os.getuid() != 0:
        pytest.skip("only root may become somebody else")
    plain = runner.plain("odd.py", kind)
    recorded = runner.record("odd.py", kind)
    assert recorded.truth == plain.truth
    (line,) = recorded.stderr.splitlines()
    assert line.startswith("gilscope: trace ")
    check_trace(recorded.trace)
    assert recorded.trace.hold_count() > 10


@pytest.mark.parametrize("whose", ["the program's", ""])
def test_a_clock_that_a_library_changes(runner: Runner, whose: str) -> None:
    """As libfaketime does. What it says has passed has not, and is not recorded."""
    preload = ["env", f"LD_PRELOAD={compile_library('shifted_clock', runner.folder)}"]
    trace = runner.folder / "t.gil"
    launcher, program = [*runner.launcher(trace), "--"], finishing(runner)
    command = [*launcher, *preload, *program] if whose else [*preload, *launcher, *program]
    ended = runner.start(command, trace_path=trace).finish()
    assert (ended.returncode, ended.stdout) == (4, "2584\n")
    (line,) = ended.stderr.splitlines()
    assert line.startswith("gilscope: not recording: a library, such as libfaketime, changes ")
    assert not trace.exists()


def test_little_stack(runner: Runner) -> None:
    """A buffer of 270 kB lay on it."""
    compare(runner, 'ulimit -s 256; exec "$@"', "", finishing(runner))
    program = runner.command("record_alone.py", "well", runner.folder)
    ended = runner.start(["sh", "-c", 'ulimit -s 256; exec "$@"', "sh", *program]).finish()
    assert ended.truth == {**NOTHING_LEFT, "error": "", "trace": True}


def test_another_allocator(runner: Runner) -> None:
    library = ctypes.util.find_library("jemalloc")
    if library is None:
        pytest.skip("jemalloc is not installed (Debian: libjemalloc2)")
    env = {"LD_PRELOAD": library, "PYTHONMALLOC": "malloc"}
    if runner.interpreter.free_threaded:
        del env["PYTHONMALLOC"]
    assert runner.record("odd.py", "plain", env=env).trace.hold_count() > 10
