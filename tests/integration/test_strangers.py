"""Processes that are not recorded, or are not Python, are listed: with what they used, and why."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from gilscope.analysis import analyze_program
from support.interpreters import clean_environment
from support.processes import wait_until, with_file_open
from support.recording import Runner

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gilscope.analysis.unrecorded import Unrecorded
    from support.recording import Recording

# The kernel counts in hundredths, for each of several sums. Between the last look and its end a
# process computes on: that is in the kernel's sum, and in no row.
TICKS_S = 0.05
OPTIONS = {"S": "option-S", "I": "option-I", "E": "option-E"}


def strangers(runner: Runner, *how: str, options: Sequence[str] = ()) -> Recording:
    return runner.record("strangers.py", *how, options=options)


def listed(recording: Recording) -> dict[int, Unrecorded]:
    return {each.pid: each for each in analyze_program(recording.trace).unrecorded}


def bare_python(base: Path, folder: Path, *options: str) -> Path:
    command = [str(base), "-m", "venv", "--without-pip", *options, str(folder)]
    subprocess.run(command, check=True, env=clean_environment())
    return folder / "bin" / "python"


def report(runner: Runner, recording: Recording, *options: str) -> str:
    command = runner.launcher(recording.trace_path)[:3]
    words = [*command, "report", str(recording.trace_path), *options]
    done = runner.start(words, env={"COLUMNS": "120"}).finish()
    assert done.returncode == 0, done.stderr
    return done.stdout


def read(runner: Runner, recording: Recording) -> str:
    return " ".join(report(runner, recording).replace("\u258c", " ").split())


def test_where_the_time_goes_is_named(runner: Runner) -> None:
    recording = strangers(runner, "shells")
    found, truths = listed(recording), recording.truth["started"]
    assert {each["pid"] for each in truths} == set(found)
    for truth in truths:
        each = found[truth["pid"]]
        assert (each.program, each.reason, each.parent_pid) == ("sh", "not-python", truth["parent"])
        assert 0 < each.cpu_s < truth["cpu_s"] + TICKS_S
        assert each.wall_s > each.cpu_s - TICKS_S
        assert each.end == "ended"
    facts = recording.analysis.verdict.facts
    used_s = sum(each["cpu_s"] for each in truths)
    assert abs(facts.others_cpu_s - used_s) < TICKS_S
    [shells] = facts.others
    assert (shells.program, shells.count, shells.reason) == ("sh", 3, "not-python")
    assert abs(shells.cpu_s + facts.others_unseen_s - used_s) < TICKS_S
    assert recording.analysis.verdict.kind == "elsewhere"
    assert "work was done by 3 x sh, which are not Python" in recording.told.summary


def test_the_report_lists_them(runner: Runner) -> None:
    recording = strangers(runner, "shells", "S")
    text = read(runner, recording)
    assert "work was done by 3 x sh" in text
    assert "3 x sh" in text
    assert "not recorded: not Python" in text
    assert "not recorded: option -S" in text
    told = json.loads(report(runner, recording, "--json"))
    rows = {each["pid"]: each for each in told["processes"]}
    assert {each["recorded"] for each in rows.values()} == {True, False}
    assert {each["host"] for each in rows.values()} == {socket.gethostname()}
    for truth in recording.truth["started"]:
        row = rows[truth["pid"]]
        assert row["recorded"] is False
        assert row["reason"] in ("not-python", "option-S")
        assert row["gil"] is row["verdict"] is row["began"] is row["exit_status"] is None
    first = rows[recording.truth["pid"]]
    assert (first["recorded"], first["reason"], first["began"]) == (True, None, "launch")
    assert set(first) == set(rows[recording.truth["started"][0]["pid"]])


@pytest.mark.parametrize("option", OPTIONS)
def test_options_that_hide_gilscope(runner: Runner, option: str) -> None:
    [each] = listed(strangers(runner, option)).values()
    assert (each.program, each.reason) == ("python -c", OPTIONS[option])


def test_an_emptied_environment(runner: Runner) -> None:
    recording = strangers(runner, "emptied")
    [truth] = recording.truth["started"]
    assert listed(recording)[truth["pid"]].reason == "environment"


def test_a_python_without_gilscope(runner: Runner) -> None:
    python = bare_python(runner.interpreter.base, runner.folder / "bare")
    [each] = listed(strangers(runner, f"path:{python}")).values()
    assert each.reason == "no-gilscope"


def test_one_that_c_code_forked(runner: Runner) -> None:
    [each] = listed(strangers(runner, "forked")).values()
    assert (each.program, each.reason) == ("strangers.py", "not-joined")


def test_one_of_another_user(runner: Runner, request: pytest.FixtureRequest) -> None:
    """What belongs to somebody else tells no more than that."""
    if os.getuid() != 0:
        pytest.skip("only root may become somebody else")
    folder = Path(tempfile.mkdtemp(prefix="gilscope-strangers-"))
    request.addfinalizer(lambda: shutil.rmtree(folder))
    folder.chmod(0o777)
    python = bare_python(runner.interpreter.base, folder / "bare", "--copies")
    copy = python.resolve()
    copy.chmod(0o4755)  # whoever starts it runs it as root
    nobody = ["setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups"]
    trace = folder / "t.gil"
    launcher = [str(runner.interpreter.python), "-m", "gilscope", "run", "--no-report"]
    program = Runner(runner.interpreter, folder).command("strangers.py", f"path:{python}")
    done = Runner(runner.interpreter, folder).start(
        [*nobody, *launcher, "-o", str(trace), "--", *program], trace_path=trace
    )
    recording = done.finish()
    if recording.returncode == 127:
        pytest.skip("others than root cannot reach this interpreter")
    assert recording.returncode == 0, recording.stderr
    [each] = listed(recording).values()
    if each.reason == "no-gilscope":
        pytest.skip("this file system knows no setuid")
    assert each.reason == "other-user"


def test_what_is_too_short_to_be_seen_is_counted(runner: Runner) -> None:
    """The kernel's sum has all of it, whatever is listed."""
    recording = strangers(runner, "brief")
    facts = recording.analysis.verdict.facts
    used_s = sum(each["cpu_s"] for each in recording.truth["started"])
    named_s = sum(each.cpu_s for each in facts.others)
    assert abs(named_s + facts.others_unseen_s - used_s) < TICKS_S + 0.01 * 20


def test_one_that_becomes_another_program(runner: Runner) -> None:
    recording = strangers(runner, "executes")
    [truth] = recording.truth["started"]
    assert truth["pid"] in {each.meta.pid for each in recording.trace.processes}  # as a fork
    each = listed(recording)[truth["pid"]]
    assert (each.program, each.reason) == ("sh", "not-python")
    assert 0 < each.cpu_s < truth["cpu_s"] + TICKS_S
    assert each.start_s > 0


def test_what_they_start_in_turn(runner: Runner) -> None:
    recording = strangers(runner, "pipeline")
    [truth] = recording.truth["started"]
    found = listed(recording)
    outer = found.pop(truth["pid"])
    [inner] = found.values()
    assert (outer.program, inner.program, inner.parent_pid) == ("sh", "sh", truth["pid"])
    assert outer.cpu_s < TICKS_S  # what it waited for is not its own
    assert 0 < inner.cpu_s < truth["cpu_s"] + TICKS_S


def test_one_that_outlives_the_program(runner: Runner) -> None:
    folder = runner.folder / "family"
    folder.mkdir()
    recording = runner.record("strangers.py", "outlives", env={"FAMILY": str(folder)})
    [truth] = recording.truth["started"]
    each = listed(recording)[truth["pid"]]
    (folder / "end").touch()
    assert (each.program, each.end) == ("sh", "unfinished")
    assert abs(each.cpu_s - truth["cpu_s"]) < 2 * TICKS_S
    wait_until(lambda: not with_file_open(str(runner.folder)))


def test_the_first_alone_is_one_of_several(runner: Runner) -> None:
    recording = strangers(runner, "forks", options=["--no-children"])
    found = listed(recording)
    assert set(found) == {each["pid"] for each in recording.truth["started"]}
    assert {each.reason for each in found.values()} == {"no-children"}
    assert "Only the first of 3 Python processes was recorded (--no-children)" in read(
        runner, recording
    )


def test_what_wraps_the_program(runner: Runner) -> None:
    """A shell that starts the program belongs to it: here it computes beside it."""
    trace = runner.folder / "wrapped.gil"
    code = (
        "import os, time; open(os.environ['READY'], 'w').close()\n"
        "while not os.path.exists('done'): time.sleep(0.01)"
    )
    burn = "i=0; while [ $i -lt 600000 ]; do i=$((i+1)); done"
    shell = f'"$@" & cat "$READY"; {burn}; sleep 0.3; > done; wait'
    program = runner.command(["-c", code])
    command = [*runner.launcher(trace), "--", "sh", "-c", shell, "sh", *program]
    recording = runner.start(command, trace_path=trace).finish()
    assert recording.returncode == 0, recording.stderr
    found = analyze_program(recording.trace).unrecorded
    [first] = [each for each in found if each.program == "sh"]
    assert first.cpu_s > 0.1
    assert first.pid == recording.trace.meta.parent_pid
    assert recording.analysis.verdict.kind == "elsewhere"


@pytest.mark.parametrize("status", [0, 3])
def test_the_status_of_one_that_returns_from_main(runner: Runner, status: int) -> None:
    """Nobody else tells: its parent is not recorded."""
    end = f"import sys; sys.exit({status})" if status else "pass"
    code = f"import os, sys, subprocess as s; s.run([sys.executable, '-c', {end!r}])"
    child = runner.record(["-c", code]).trace.processes[1]
    assert (child.meta.end_reason, child.meta.exit_status) == ("exit", status)
