"""GILSCOPE_RECORD: every process into a file of its own, and the program does not notice."""

from __future__ import annotations

import json
import os
import shutil
import stat
import subprocess
from collections import Counter
from typing import TYPE_CHECKING

import pytest

from gilscope.trace import load
from support.invariants import check_trace
from support.processes import wait_until, with_file_open
from support.recording import PROGRAMS

if TYPE_CHECKING:
    from pathlib import Path

    from gilscope.trace import Trace
    from support.recording import Recording, Runner

# How they are started, and how the ones that compute begin.
WAYS = {
    "fork": {"fork"},
    "fork_in_thread": {"fork"},
    "fork_beside_threads": {"fork"},
    "pool_fork": {"fork"},
    "pool_spawn": {"environment"},
    "pool_forkserver": {"fork"},
    "run": {"environment"},
    "preexec": {"environment"},
    "shell": {"environment"},
    "grandchildren": {"fork"},
    "killed": {"fork"},
    "execute": {"environment"},
}


def traces_in(folder: Path) -> list[Trace]:
    """All that were recorded there, once nobody writes any more."""
    wait_until(lambda: not with_file_open(str(folder)))
    return [load(path) for path in sorted(folder.iterdir())]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "traces"
    made.mkdir()
    return made


def family(runner: Runner, how: str, **env: str) -> Recording:
    (runner.folder / "family").mkdir()
    return runner.plain("family.py", how, env={"FAMILY": str(runner.folder / "family"), **env})


@pytest.mark.parametrize("how", WAYS)
def test_each_process_has_a_file_that_agrees_with_it(
    runner: Runner, folder: Path, how: str
) -> None:
    done = family(runner, how, GILSCOPE_RECORD=f"{folder}/%n-%p.gil")
    assert "gilscope" not in done.stderr.replace(str(PROGRAMS), "")
    traces = traces_in(folder)
    truths = [json.loads(each.read_text()) for each in (runner.folder / "family").glob("*.json")]
    assert truths
    held = Counter[int]()
    for truth in truths:
        held[truth["pid"]] += truth["held_s"]
    for pid, held_s in held.items():
        mine = [each for each in traces if each.meta.pid == pid]
        assert {each.meta.began for each in mine} & WAYS[how]
        holds = [row for each in mine for row in each.holds()]
        assert sum(int(row["release_ns"] - row["acquire_ns"]) for row in holds) >= held_s * 1e9
    for trace in traces:
        check_trace(trace)
        assert trace.finished
        assert not trace.warnings
        assert trace.meta.host == os.uname().nodename
        assert trace.path.name.startswith(("family-", "python-"))
        assert stat.S_IMODE(trace.path.stat().st_mode) == 0o600


def test_a_program_that_becomes_another_has_two_files(runner: Runner, folder: Path) -> None:
    done = family(runner, "execute", GILSCOPE_RECORD=f"{folder}/%p.gil")
    pid = done.truth["pid"]
    first, second = sorted(traces_in(folder), key=lambda each: each.meta.start_monotonic_ns)
    assert (first.path.name, second.path.name) == (f"{pid}.gil", f"{pid}.2.gil")
    assert (first.meta.end_reason, second.meta.end_reason) == ("exec", "exit")


def test_one_that_is_killed_loses_nothing(runner: Runner, folder: Path) -> None:
    family(runner, "killed", GILSCOPE_RECORD=f"{folder}/%p.gil")
    ends = {each.meta.began: each.meta.end_reason for each in traces_in(folder)}
    assert ends == {"environment": "exit", "fork": "killed"}


def test_nobody_waits_for_a_daemon(runner: Runner, folder: Path) -> None:
    """It has closed its streams; nor has its collector a pipe of the program's."""
    done = family(runner, "daemon", GILSCOPE_RECORD=f"{folder}/%p.gil")  # until its pipes end
    assert done.stderr == ""
    files = runner.folder / "family"
    wait_until(lambda: bool(list(files.glob("*.json"))))
    assert with_file_open(str(folder))
    (files / "end").touch()
    assert len(traces_in(folder)) == 3


def test_what_is_there_is_never_replaced(any_runner: Runner, folder: Path) -> None:
    (folder / "x.gil").write_text("precious")
    (folder / "target").write_text("precious")
    (folder / "x.2.gil").symlink_to(folder / "target")
    for _ in range(2):
        any_runner.plain(["-c", "pass"], env={"GILSCOPE_RECORD": f"{folder}/x.gil"})
    wait_until(lambda: not with_file_open(str(folder)))
    assert {each.name for each in folder.iterdir()} == {
        *("target", "x.gil", "x.2.gil", "x.3.gil", "x.4.gil")
    }
    assert (folder / "x.gil").read_text() == (folder / "target").read_text() == "precious"
    assert load(folder / "x.4.gil").finished


CANNOT = {
    "missing": ("{folder}/no/%p.gil", "No such file or directory"),
    "no folder": ("{folder}/file/%p.gil", "Not a directory"),
    "unwritable": ("/proc/%p.gil", "No such file or directory"),
    "unknown": ("{folder}/%q.gil", "GILSCOPE_RECORD knows %h, %p, %n and %% only"),
    "cut off": ("{folder}/%", "GILSCOPE_RECORD knows %h, %p, %n and %% only"),
    "long": ("{folder}/" + "x" * 300, "File name too long"),
    "very long": ("{folder}/" + "x/" * 3000, "the name of its file is too long"),
}


@pytest.mark.parametrize("case", CANNOT)
def test_it_says_once_why_nothing_is_recorded(any_runner: Runner, folder: Path, case: str) -> None:
    (folder / "file").touch()
    pattern, reason = CANNOT[case]
    program = "import os; os.fork() and os.wait(); print(1, flush=True); os._exit(7)"
    environment = {"GILSCOPE_RECORD": pattern.format(folder=folder)}
    done = any_runner.plain(["-c", program], env=environment, expect=7)
    assert done.stdout == "1\n1\n"
    [said] = done.stderr.splitlines()
    assert said.startswith("gilscope: not recording")
    assert said.endswith(f": {reason}; the program runs all the same")
    assert [each.name for each in folder.iterdir()] == ["file"]


@pytest.mark.parametrize(
    ("arguments", "name"),
    [
        (["-c", "pass"], "python"),
        (["-W", "error", "-Xdev", "-B", "-c", "pass"], "python"),
        (["-m", "timeit", "-n1", "-r1", "0"], "timeit"),
        (["-Bmtimeit", "-n1", "-r1", "0"], "timeit"),
        (["-X", "utf8", str(PROGRAMS / "echo.py")], "echo"),
        (["--check-hash-based-pycs", "never", "odd name;.x.py"], "odd_name_.x"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_the_name_says_what_runs(
    any_runner: Runner, folder: Path, arguments: list[str], name: str
) -> None:
    (any_runner.folder / "odd name;.x.py").write_text("")
    pattern = f"{folder}/%h-%n-100%%"
    any_runner.plain(arguments, env={"GILSCOPE_RECORD": pattern})
    assert [each.name for each in folder.iterdir()] == [f"{os.uname().nodename}-{name}-100%"]


def test_a_name_is_as_of_the_folder_that_a_program_starts_in(runner: Runner) -> None:
    program = "import os; os.chdir('/'); os.fork() and os.wait()"
    runner.plain(["-c", program], env={"GILSCOPE_RECORD": "x.gil"})
    assert {each.name for each in runner.folder.glob("*.gil")} == {"x.gil", "x.2.gil"}


NOTICED = """
import os, signal, sys, threading
print(sorted(name for name in sys.modules if "gilscope" in name), os.environ["GILSCOPE_RECORD"])
print(sorted(os.listdir("/proc/self/fd"))[:-1], threading.active_count(), sys.argv, sys.flags)
print([signal.getsignal(each) for each in (signal.SIGINT, signal.SIGCHLD, signal.SIGTERM)])
try:
    print(os.wait())
except ChildProcessError as error:
    print(error)
"""


def test_the_program_finds_nothing_but_the_recorder(any_runner: Runner, folder: Path) -> None:
    """Nothing is left behind, either: no child, no descriptor, no handler."""
    unheeded = any_runner.plain(["-c", NOTICED], env={"GILSCOPE_RECORD": ""}).stdout
    heeded = any_runner.plain(["-c", NOTICED], env={"GILSCOPE_RECORD": f"{folder}/x"}).stdout
    modules = "['_gilscope_start', 'gilscope', 'gilscope._recorder']"
    assert heeded == unheeded.replace("['_gilscope_start'] ", f"{modules} {folder}/x")
    assert len(traces_in(folder)) == 1


@pytest.mark.parametrize("signal", [2, 6, 9, 15])
def test_it_ends_as_it_would(runner: Runner, folder: Path, signal: int) -> None:
    program = f"import os, signal; signal.signal(2, signal.SIG_DFL); os.kill(os.getpid(), {signal})"
    pattern = f"{folder}/x.gil"
    runner.plain(["-c", program], env={"GILSCOPE_RECORD": pattern}, expect=-signal)
    [trace] = traces_in(folder)
    assert trace.finished
    assert trace.meta.end_reason == "killed"


@pytest.mark.parametrize("option", ["-I", "-E", "-S"])
def test_an_interpreter_that_heeds_no_environment(
    any_runner: Runner, folder: Path, option: str
) -> None:
    done = any_runner.plain([option, "-c", "pass"], env={"GILSCOPE_RECORD": f"{folder}/x"})
    assert done.stderr == ""
    assert not list(folder.iterdir())


def test_what_gilscope_run_records_is_not_recorded_twice(runner: Runner, folder: Path) -> None:
    """Nor is gilscope itself."""
    (runner.folder / "family").mkdir()
    variables = {
        "GILSCOPE_RECORD": f"{folder}/%p.gil",
        "FAMILY": str(runner.folder / "family"),
        "PYTHONPATH": str(runner.interpreter.python.parent),
    }
    recording = runner.record("family.py", "pool_spawn", env=variables)
    assert len(recording.trace.processes) >= 3
    assert not list(folder.iterdir())


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file to another group")
def test_a_process_with_anothers_rights_does_not_heed_it(any_runner: Runner, folder: Path) -> None:
    venv = any_runner.interpreter.python.parent.parent
    copy = any_runner.folder / "venv"
    (copy / "bin").mkdir(parents=True)
    shutil.copy(any_runner.interpreter.python.resolve(), copy / "bin" / "python")
    shutil.copy(venv / "pyvenv.cfg", copy)
    (copy / "lib").symlink_to(venv / "lib")
    command = [str(copy / "bin" / "python"), "-c", "import gilscope, os; print(os.getegid())"]
    environment = {"GILSCOPE_RECORD": f"{folder}/x.gil", **any_runner.interpreter.environment}

    def run() -> subprocess.CompletedProcess[str]:
        return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)

    done = run()
    if done.returncode:
        pytest.skip(f"a copy of this Python does not run: {done.stderr[-200:]}")
    assert len(traces_in(folder)) == 1
    os.chown(copy / "bin" / "python", -1, 12345)
    (copy / "bin" / "python").chmod(0o2755)
    done = run()
    if done.returncode:  # it finds its libpython relative to itself, which the loader forbids then
        pytest.skip(f"with another group's rights it does not run: {done.stderr[-200:]}")
    assert (done.stdout, done.stderr) == ("12345\n", "")
    assert [each.name for each in folder.iterdir()] == ["x.gil"]


def test_the_first_process_of_a_container(runner: Runner, folder: Path) -> None:
    """All others are killed when it ends: what it recorded is in the file by then."""
    unshare = shutil.which("unshare")
    inside = [str(unshare), "--user", "--map-root-user", "--pid", "--fork", "--mount-proc"]
    if unshare is None or subprocess.run([*inside, "true"], check=False).returncode:
        pytest.skip("this system lets nobody make a PID namespace")
    command = runner.command(["-c", "import os, sys; print(os.getpid()); sys.exit(5)"])
    running = runner.start([*inside, *command], env={"GILSCOPE_RECORD": f"{folder}/x.gil"})
    done = running.finish()
    assert (done.returncode, done.stdout, done.stderr) == (5, "1\n", "")
    trace = load(folder / "x.gil")
    assert trace.finished
    assert trace.meta.end_reason == "exit"
