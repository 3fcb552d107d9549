"""On macOS and Windows, as far as it can be tried here: reading works, recording says no."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from gilscope import predict
from gilscope.compare.answers import Polled, Read, answers
from gilscope.predict import Withheld, prediction
from gilscope.record import resources
from gilscope.trace import load
from support.interpreters import ROOT, clean_environment
from support.tracewriter import TraceWriter, holds_array

if TYPE_CHECKING:
    from pathlib import Path

SYSTEMS = ("darwin", "win32")
ELSEWHERE = ROOT / "tests" / "support" / "elsewhere.py"
MS = 1_000_000
# Each needs what is written in C, and says so where it is used.
OF_C = r"gilscope\.(_\w+|lab\.refcount\.(costs|experiment|illustrated|measure)|lab\.kit\.host)"


Told = tuple[int, str, str]


def elsewhere(system: str, commands: list[str], folder: Path) -> tuple[dict[str, str], list[Told]]:
    """Run commands in one process; modules that cannot be imported, and what each command said."""
    words = json.dumps([each.split() for each in commands])
    done = subprocess.run(
        [sys.executable, ELSEWHERE, system, words],
        cwd=folder,
        env=clean_environment() | {"COLUMNS": "100"},
        capture_output=True,
        text=True,
        check=False,
        timeout=100,
    )
    assert done.returncode == 0, done.stderr
    failed, told = json.loads(done.stdout)
    return failed, [tuple(each) for each in told]


@pytest.fixture
def trace(tmp_path: Path) -> Path:
    """Two threads take turns."""
    holds = [
        ((10 * n + 6) * MS, (10 * n + 10) * MS, (10 * n + 19) * MS, 1 + n % 2, 1) for n in range(9)
    ]
    with TraceWriter(tmp_path / "app.gil") as out:
        out.meta(python="3.11.7", argv=["python", "app.py"], locks_recorded=True)
        out.code(1, "work", "/home/me/app.py", [3])
        out.paths([(1, 0, 1, 0)])
        out.sites([(1, 1, 0)])
        out.holds(holds_array(holds))
        for number in (1, 2):
            out.thread(number, f"t{number}", 0, 120 * MS, ended=False)
        out.meta(end_ns=120 * MS, end_reason="exit")
    return tmp_path / "app.gil"


@pytest.mark.parametrize("system", SYSTEMS)
def test_reading_works_and_recording_says_no(system: str, trace: Path) -> None:
    reading = [
        "report app.gil",
        "report app.gil -o app.html",
        "export app.gil -o app.json --format chrome",
        "predict app.gil",
        "lab",
    ]
    recording = ["run app.py", "explore app.py", "top app.gil", "lab refcount"]
    (trace.parent / "app.py").write_text("print('it ran')")
    failed, told = elsewhere(system, reading + recording, trace.parent)
    assert [name for name in failed if not re.fullmatch(OF_C, name)] == []
    assert "gilscope.lab.refcount.measure" in failed  # the test can fail
    assert [status for status, _, _ in told] == [0, 0, 0, 0, 0, 2, 2, 2, 1]
    assert "work" in told[0][1]
    assert "this gilscope was installed without it" in " ".join(told[3][1].split())
    assert (trace.parent / "app.html").stat().st_size > 100_000
    assert all(not out and len(err.splitlines()) <= 2 for _, out, err in told[5:])
    for _, _, err in told[5:8]:
        assert err.splitlines()[0].endswith(f"is for Linux, and this is {system}")
    assert told[8][2].startswith("gilscope: refcount is written in C")


def test_functions_are_compared(tmp_path: Path) -> None:
    (tmp_path / "work.py").write_text("def work(n):\n    return sum(range(n))\n")
    how = "--args 1000 --rounds 2 --workers 2 --only threads processes-spawn --json"
    _, [(status, out, err)] = elsewhere("darwin", [f"compare work.py:work {how}"], tmp_path)
    assert status == 0, err
    found = json.loads(out)
    assert {each["outcome"] for each in found["strategies"]} == {"measured"}
    assert {each["peak_bytes"] for each in found["strategies"]} == {None}
    assert "others-unknown" in {note["kind"] for note in found["notes"]}


def test_a_recording_within_a_program_says_it_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from gilscope import record
    from gilscope.errors import GilscopeError

    monkeypatch.setattr(sys, "platform", "darwin")
    with pytest.raises(GilscopeError, match="recording is for Linux, and this is darwin"):
        record(tmp_path / "x.gil").__enter__()
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setattr(resources, "PACKAGE", tmp_path)
    with pytest.raises(GilscopeError, match="installed without its recorder"):
        record(tmp_path / "x.gil").__enter__()


def test_without_the_replay_nothing_is_predicted(
    trace: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with load(trace) as loaded:
        assert predict.predict(loaded).withheld is not Withheld.NO_REPLAY
        monkeypatch.setattr(prediction, "HAS_REPLAY", False)
        assert predict.predict(loaded).withheld is Withheld.NO_REPLAY


# A process that answers, and one that ends while a child of it holds its output open.
CHATS = "import sys; print(sys.stdin.readline().upper(), end='', flush=True); sys.stdin.read()"
LEAVES = "import subprocess; subprocess.Popen(['sleep', '60'])"


@pytest.mark.parametrize("kind", [Polled, Read])
def test_answers_are_heard_in_either_way(kind: type[Polled | Read]) -> None:
    command = [sys.executable, "-c", CHATS]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        heard = kind(process, process.stdout)
        assert not heard.wait(0.01)
        process.stdin.write(b"hello\n")
        process.stdin.flush()
        assert heard.wait(30)
        assert heard.read() == b"HELLO\n"
        process.stdin.close()
        assert heard.wait(30)
        assert heard.read() == b""
        heard.close()


@pytest.mark.parametrize("kind", [Polled, Read])
def test_an_end_is_noticed_although_the_pipe_stays_open(kind: type[Polled | Read]) -> None:
    command = [sys.executable, "-c", LEAVES]
    with subprocess.Popen(command, stdout=subprocess.PIPE, start_new_session=True) as process:
        assert process.stdout is not None
        heard = kind(process, process.stdout)
        assert heard.wait(30)
        assert heard.read() == b""
        heard.close()
        os.killpg(process.pid, signal.SIGKILL)


def test_linux_waits_for_both_at_once() -> None:
    with subprocess.Popen(["true"], stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        heard = answers(process, process.stdout)
        assert isinstance(heard, Polled)
        heard.close()
