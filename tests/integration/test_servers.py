"""Real servers with worker processes: all are in the trace, and the ones that wait are named."""

from __future__ import annotations

import os
import signal
import socket
import sys
import time
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from http.client import HTTPException
from typing import TYPE_CHECKING

import pytest

from gilscope.analysis import analyze_program
from support.interpreters import interpreters
from support.processes import wait_until, with_file_open
from support.recording import PROGRAMS, Recording, Runner, Running

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PATIENCE_S = 60
REQUESTS, CLIENTS = 60, 6


@pytest.fixture
def runner(tmp_path: Path) -> Runner:
    """The servers are installed beside the development tools."""
    return Runner(interpreters()[0], tmp_path)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
        assert isinstance(port, int)
        return port


def answer(port: int) -> str:
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=PATIENCE_S) as response:
        text = response.read()
        assert isinstance(text, bytes)
        return text.decode()


def answers(port: int, other_than: str = "") -> bool:
    """Whether anybody serves, who is not that process."""
    try:
        return answer(port) != other_than
    except (OSError, HTTPException):  # nobody yet, or somebody who is just ending
        return False


@contextmanager
def server(runner: Runner, *words: str, cwd: Path | None = None) -> Iterator[Running]:
    trace = runner.folder / "server.gil"
    command = [*runner.launcher(trace), "--", sys.executable, *words]
    env = {"PYTHONPATH": str(cwd or PROGRAMS)}
    running = runner.start(command, env=env, trace_path=trace, cwd=cwd)
    try:
        yield running
    finally:
        running.kill()


def stop(running: Running) -> Recording:
    """As Ctrl-C does: to the program and to gilscope."""
    os.killpg(running.process.pid, signal.SIGINT)
    return running.finish(PATIENCE_S)


@pytest.mark.parametrize("preload", [[], ["--preload"]], ids=["plain", "preload"])
def test_gunicorn(runner: Runner, preload: list[str]) -> None:
    port = free_port()
    options = ["-w", "2", "--threads", "4", "-b", f"127.0.0.1:{port}", *preload]
    with server(runner, "-m", "gunicorn", *options, "web_app:app") as running:
        wait_until(lambda: answers(port))
        with ThreadPoolExecutor(CLIENTS) as clients:
            served = set(clients.map(lambda _: answer(port), range(REQUESTS)))
        recording = stop(running)
    assert recording.returncode == 0, recording.stderr
    program = analyze_program(recording.trace)
    parent, *workers = program.processes
    assert parent.program == "-m gunicorn"
    assert served <= {str(each.pid) for each in workers}
    assert [each.parent_pid for each in workers] == [parent.pid] * 2
    assert str(program.focus.pid) in served
    assert program.focus.has_trouble
    worst = program.analysis.blame[0].line
    assert worst.file == str(PROGRAMS / "web_app.py")
    assert worst.function == "hold"
    wait_until(lambda: not with_file_open(str(runner.folder)))


def test_a_worker_that_is_killed_is_replaced(runner: Runner) -> None:
    port = free_port()
    options = ["-w", "1", "-b", f"127.0.0.1:{port}"]
    with server(runner, "-m", "gunicorn", *options, "web_app:app") as running:
        wait_until(lambda: answers(port))
        first = answer(port)
        os.kill(int(first), signal.SIGKILL)
        wait_until(lambda: answers(port, other_than=first))
        second = answer(port)
        recording = stop(running)
    ends = {str(each.pid): each.end_reason for each in analyze_program(recording.trace).processes}
    assert ends[first] == "killed"
    assert second in ends


def test_flask_with_a_reloader(runner: Runner, tmp_path: Path) -> None:
    """It starts itself again, with an environment of its own, whenever a file has changed."""
    port = free_port()
    folder = tmp_path / "site"
    folder.mkdir()
    app = folder / "web_app.py"
    app.write_text((PROGRAMS / "web_app.py").read_text())
    words = ["-m", "flask", "--app", "web_app", "run", "--debug", "--port", str(port)]
    with server(runner, *words, cwd=folder) as running:
        wait_until(lambda: answers(port))
        first = answer(port)
        time.sleep(1.1)  # until the file can have another time
        app.write_text(app.read_text() + "\n")
        wait_until(lambda: answers(port, other_than=first))
        second = answer(port)
        recording = stop(running)
    processes = {str(each.pid): each for each in analyze_program(recording.trace).processes}
    assert {first, second} <= set(processes)
    assert processes[second].parent_pid == processes[first].parent_pid == recording.trace.meta.pid
