"""Real servers with worker processes: all are in the trace, and the ones that wait are named."""

from __future__ import annotations

import os
import signal
import time
from typing import TYPE_CHECKING

import pytest

from gilscope.analysis import analyze_program
from support.interpreters import interpreters
from support.processes import left_of, wait_until
from support.recording import PROGRAMS, Recording, Runner
from support.servers import Server, ask, load, serve, serves

if TYPE_CHECKING:
    from collections import Counter
    from pathlib import Path

    from gilscope.analysis import Program

GUNICORN = ("-m", "gunicorn", "-b", "127.0.0.1:PORT", "--threads", "4", "web_app:app")
UVICORN = ("-m", "uvicorn", "--port", "PORT", "--lifespan", "off", "async_web_app:app")
HELD_S = 2 * 2 * 0.02  # for each request, by two threads in turn: programs/_contend.py
HOLDING_ERROR_S = 0.02  # as in test_processes.py


@pytest.fixture
def here(tmp_path: Path) -> Runner:
    """Where it does not matter which interpreter it is."""
    return Runner(interpreters()[0], tmp_path)


def gunicorn(runner: Runner, *options: str, recorded: bool = True) -> Server:
    return serve(runner, *GUNICORN, *options, packages=("gunicorn", "flask"), recorded=recorded)


def uvicorn(runner: Runner, *, recorded: bool = True) -> Server:
    words = (*UVICORN, "--workers", "2")
    return serve(runner, *words, packages=("uvicorn",), recorded=recorded)


def under_load(server: Server, how: str = "SIGINT") -> tuple[Recording, Counter[int]]:
    with server:
        served = load(server.port)
        return server.stop(how), served


def check_workers(recording: Recording, served: Counter[int]) -> Program:
    """All that served are there, held and waited as they must; the worst is named with its line."""
    program = analyze_program(recording.trace)
    assert program.processes[0].pid == recording.trace.meta.pid
    by_pid = {each.pid: each for each in program.processes}
    for pid, count in served.items():
        assert by_pid[pid].hold_s > count * HELD_S
        assert by_pid[pid].wait_s > count * HELD_S / 2 - HOLDING_ERROR_S
    [busiest, _] = served.most_common(1)[0]
    assert by_pid[busiest].has_trouble
    assert program.focus.pid in served
    worst = program.analysis.blame[0].line
    assert (worst.file, worst.function) == (str(PROGRAMS / "_contend.py"), "hold")
    return program


def test_gunicorn(runner: Runner) -> None:
    plain, _ = under_load(gunicorn(runner, "-w", "2", recorded=False))
    recording, served = under_load(gunicorn(runner, "-w", "2"))
    assert recording.returncode == plain.returncode, recording.stderr
    parent, *workers = check_workers(recording, served).processes
    assert [each.parent_pid for each in workers] == [parent.pid] * 2
    assert {each.program for each in workers} == {"fork of -m gunicorn"}
    wait_until(lambda: not left_of(runner.folder))


@pytest.mark.parametrize("options", ["-w 2 --preload", "-w 1"])
def test_gunicorn_otherwise(here: Runner, options: str) -> None:
    recording, served = under_load(gunicorn(here, *options.split()))
    assert recording.returncode == 0, recording.stderr
    _, *workers = check_workers(recording, served).processes
    assert len(workers) == int(options.split()[1])
    wait_until(lambda: not left_of(here.folder))


def test_uvicorn(runner: Runner) -> None:
    """It starts its workers by multiprocessing's spawn."""
    plain, _ = under_load(uvicorn(runner, recorded=False), "SIGTERM")
    recording, served = under_load(uvicorn(runner), "SIGTERM")
    assert recording.returncode == plain.returncode, recording.stderr
    program = check_workers(recording, served)
    workers = [each for each in program.processes if each.program == "multiprocessing worker"]
    assert len(workers) == 2
    assert set(served) <= {each.pid for each in workers}
    wait_until(lambda: not left_of(runner.folder))


@pytest.mark.parametrize("how", ["SIGTERM", "SIGQUIT", "SIGKILL"])
def test_the_end_of_gunicorn(here: Runner, how: str) -> None:
    """Gracefully, quickly, and hard: then its workers outlive it, until they find that out."""
    plain, _ = under_load(gunicorn(here, "-w", "2", recorded=False), how)
    wait_until(lambda: not left_of(here.folder))
    recording, served = under_load(gunicorn(here, "-w", "2"), how)
    assert recording.returncode == plain.returncode, recording.stderr
    wait_until(lambda: not left_of(here.folder))
    whole = Recording(recording.returncode, "", "", recording.trace_path)  # with what came after
    program = check_workers(whole, served)
    assert program.processes[0].end_reason == ("killed" if how == "SIGKILL" else "exit")
    assert [each.end_reason for each in program.processes[1:]] == ["exit"] * 2
    assert all(each.finished for each in whole.trace.processes)


def test_a_worker_that_is_killed_is_replaced(here: Runner) -> None:
    with gunicorn(here, "-w", "1") as server:
        first = ask(server.port, 1).pid
        os.kill(first, signal.SIGKILL)
        wait_until(lambda: serves(server.port, other_than=first))
        second = ask(server.port, 2).pid
        recording = server.stop("SIGINT")
    ends = {each.pid: each.end_reason for each in analyze_program(recording.trace).processes}
    assert ends[first] == "killed"
    assert second in ends


def test_flask_with_a_reloader(here: Runner, tmp_path: Path) -> None:
    """It starts itself again, with an environment of its own, whenever a file has changed."""
    folder = tmp_path / "site"
    folder.mkdir()
    app = folder / "web_app.py"
    app.write_text((PROGRAMS / "web_app.py").read_text())
    words = ("-m", "flask", "--app", "web_app", "run", "--debug", "--port", "PORT")
    with serve(here, *words, packages=("flask",), cwd=folder) as server:
        first = ask(server.port, 1)
        time.sleep(1.1)  # until the file can have another time
        app.write_text(app.read_text() + "\n")
        wait_until(lambda: serves(server.port, other_than=first.pid))
        second = ask(server.port, 2).pid
        recording = server.stop("SIGINT")
    processes = {each.pid: each for each in analyze_program(recording.trace).processes}
    assert {first.pid, second} <= set(processes)
    assert processes[second].parent_pid == processes[first.pid].parent_pid
    assert processes[second].parent_pid == recording.trace.meta.pid
