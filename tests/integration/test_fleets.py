"""Real clusters whose workers nobody launches, and namespaces that stand in for hosts."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from gilscope.analysis import analyze_program
from gilscope.fleet import analyze_files, files_of
from gilscope.trace import load
from support.interpreters import interpreters
from support.processes import wait_until, with_file_open
from support.recording import PROGRAMS, Runner

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gilscope.analysis import Program
    from support.recording import Recording

PATIENCE_S = 250
pytestmark = pytest.mark.timeout(300)


@pytest.fixture
def here(tmp_path: Path) -> Runner:
    """Dask and Ray are installed beside the development tools."""
    return Runner(interpreters()[0], tmp_path)


@pytest.fixture
def traces(tmp_path: Path) -> Path:
    made = tmp_path / "traces"
    made.mkdir()
    return made


@pytest.fixture
def short_folder() -> Iterator[Path]:
    """Ray puts sockets into it, whose names may not be long."""
    with tempfile.TemporaryDirectory() as folder:
        yield Path(folder)


def run(runner: Runner, *words: object, launcher: list[str] | None = None, **env: str) -> Recording:
    command = [*(launcher or []), sys.executable, *map(str, words)]
    running = runner.start(command, env={"RAY_USAGE_STATS_ENABLED": "0", **env})
    try:
        done = running.finish(PATIENCE_S)
    finally:
        running.kill()
    assert done.returncode == 0, done.stderr
    return done


def fleet(traces: Path) -> Program:
    wait_until(lambda: not with_file_open(str(traces)))
    return analyze_files(files_of([traces]))


def check_workers(program: Program, held_s: dict[str, float]) -> None:
    """Each is there, held its GIL for as long as it knows, and its threads waited in turn."""
    assert len(held_s) == 2
    for pid, seconds in held_s.items():
        worker = [each for each in program.processes if each.pid == int(pid)][-1]
        assert worker.hold_s >= seconds
        assert worker.wait_s > 0.1
        assert worker.has_trouble
    assert str(program.focus.pid) in held_s
    assert program.analysis.blame[0].line.function == "hold"


def check_collection(program: Program) -> None:
    assert program.collection
    assert program.collection.alignment.kind == "exact"
    assert program.collection.hosts == (os.uname().nodename,)
    assert not program.collection.unread
    assert not program.collection.incomplete


@pytest.mark.skipif(find_spec("distributed") is None, reason="Dask is not installed here")
def test_a_dask_cluster(here: Runner, traces: Path) -> None:
    plain = run(here, PROGRAMS / "dask_fleet.py")
    done = run(here, PROGRAMS / "dask_fleet.py", GILSCOPE_RECORD=f"{traces}/%h-%n-%p.gil")
    assert done.truth["squares"] == plain.truth["squares"]
    assert done.stderr == plain.stderr
    program = fleet(traces)
    check_workers(program, done.truth["held_s"])
    check_collection(program)
    assert program.focus.program == "multiprocessing worker"
    assert program.processes[0].pid == done.truth["pid"]


@pytest.mark.skipif(find_spec("distributed") is None, reason="Dask is not installed here")
def test_a_dask_cluster_in_one_trace(here: Runner, tmp_path: Path) -> None:
    path = tmp_path / "dask.gil"
    launcher = [*here.launcher(path), "--"]
    done = run(here, PROGRAMS / "dask_fleet.py", launcher=launcher)
    assert done.truth["squares"] == [number * number for number in range(8)]
    wait_until(lambda: not with_file_open(str(tmp_path)))
    program = analyze_program(load(path))
    check_workers(program, done.truth["held_s"])
    assert all(each.end_reason in ("exit", "killed") for each in program.processes)


@pytest.mark.skipif(find_spec("ray") is None, reason="Ray has no wheel for this Python")
def test_a_ray_instance(here: Runner, traces: Path, short_folder: Path) -> None:
    done = run(
        here, PROGRAMS / "ray_fleet.py", short_folder, GILSCOPE_RECORD=f"{traces}/%h-%n-%p.gil"
    )
    assert done.truth["squares"] == [0, 1, 4, 9]
    program = fleet(traces)
    check_workers(program, done.truth["held_s"])
    check_collection(program)
    assert program.focus.program == "default_worker.py"


# --- namespaces as hosts ------------------------------------------------------------------------


def on_host(name: str, *, clock: int | None) -> list[str]:
    """What runs a command on a host of that name, whose monotonic clock is ahead by so many s."""
    command = ["unshare", "--user", "--map-root-user", "--uts", "--net"]
    if clock is not None:
        command += ["--time", "--monotonic", str(clock), "--fork"]
    return [*command, "sh", "-c", f'hostname {name} && exec "$@"', "sh"]


def need(command: list[str]) -> None:
    if not shutil.which("unshare") or subprocess.run([*command, "true"], check=False).returncode:
        pytest.skip("this system lets nobody make such namespaces")


def contend(runner: Runner, traces: Path, host: list[str]) -> dict[str, Any]:
    folder = runner.folder / "family"
    folder.mkdir(exist_ok=True)
    command = [*host, *runner.command("family.py", "fork")]
    env = {"FAMILY": str(folder), "GILSCOPE_RECORD": f"{traces}/%h-%p.gil"}
    done = runner.start(command, env=env).finish()
    assert (done.returncode, done.stderr) == (0, "")
    return done.truth


def test_containers_of_one_machine_share_its_clock(runner: Runner, traces: Path) -> None:
    hosts = [on_host(name, clock=None) for name in ("web-1", "web-2")]
    need(hosts[0])
    first, second = [contend(runner, traces, host) for host in hosts]
    program = fleet(traces)
    assert program.collection
    assert program.collection.alignment.kind == "exact"
    assert [each.host for each in program.processes] == ["web-1"] * 3 + ["web-2"] * 3
    assert [program.processes[index].pid for index in (0, 3)] == [first["pid"], second["pid"]]
    names = [each.program for each in program.processes]
    assert names == ["family.py", "fork of family.py", "fork of family.py"] * 2
    assert sum(each.has_trouble for each in program.processes) == 4
    assert program.processes[3].start_s >= program.processes[0].wall_s


def test_hosts_with_clocks_of_their_own(runner: Runner, traces: Path) -> None:
    """They ran one after the other, as only the wall clock says: theirs differ by days."""
    hosts = [on_host("web-1", clock=900_000), on_host("web-2", clock=100_000)]
    need(hosts[0])
    for host in hosts:
        contend(runner, traces, host)
    program = fleet(traces)
    assert [each.host for each in program.processes] == ["web-1"] * 3 + ["web-2"] * 3
    assert program.collection
    alignment = program.collection.alignment
    assert alignment.kind in ("bounded", "unknown")  # as this machine's clock is set, or not
    assert [each.hosts for each in alignment.clocks] == [("web-1",), ("web-2",)]
    before, after = program.processes[0], program.processes[3]
    assert before.start_s == 0
    assert after.start_s >= before.wall_s
    assert after.start_s < 1000  # not the days
    command = [sys.executable, "-m", "gilscope", "report", str(traces)]
    pid = str(after.pid)
    told = runner.start([*command, "--process", f"web-2:{pid}", "--json"]).finish()
    assert json.loads(told.stdout)["run"]["host"] == "web-2"
    shown = runner.start(command, env={"COLUMNS": "120"}).finish().stdout
    assert "4 of 6 processes are held up by their GIL, most of all fork of family.py" in shown
    assert "2 x fork of family.py on web-1" in shown
    assert "from 2 hosts, aligned by wall clocks" in shown
