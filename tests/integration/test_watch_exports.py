"""Totals of watched processes arrive where they are exported to: real clients and servers."""

from __future__ import annotations

import os
import signal
import sys
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from prometheus_client.parser import text_string_to_metric_families

from support.interpreters import describe
from support.native import compile_library
from support.processes import wait_until
from support.recording import PROGRAMS, Runner

if TYPE_CHECKING:
    from collections.abc import Iterator

    from support.recording import Running

TURNS, HOLD_S = 2, 0.02  # of each of the two threads of a request: _contend.py


@pytest.fixture
def runner(tmp_path: Path) -> Runner:
    """This Python, which has the clients."""
    return Runner(describe(Path(sys.prefix)), tmp_path)


@pytest.fixture(scope="session")
def library(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return compile_library("hold", tmp_path_factory.mktemp("hold"))


def read(address: str) -> str:
    with urllib.request.urlopen(address, timeout=30) as answer:
        return str(answer.read().decode())


def sums(text: str) -> dict[str, float]:
    """Each metric's samples, over all labels but those of histograms."""
    found = dict[str, float]()
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            if "le" not in sample.labels:
                found[sample.name] = found.get(sample.name, 0) + sample.value
    return found


def test_exporters_agree_with_the_program(runner: Runner, library: Path) -> None:
    """A real parser of Prometheus' text, and a reader of OpenTelemetry's SDK."""
    truth = runner.plain("watched_exports.py", library).truth
    prometheus = sums(truth["prometheus"])
    for name, opentelemetry in truth["names"].items():
        if name == "gilscope_gc_collections_total":  # since the interpreter began
            assert opentelemetry in truth["opentelemetry"]
            continue
        assert prometheus[name] == pytest.approx(truth["opentelemetry"][opentelemetry], abs=0.05)
    assert prometheus["gilscope_gil_held_seconds_total"] >= truth["held_s"]
    assert (
        prometheus["gilscope_gil_held_seconds_total"]
        <= prometheus["gilscope_watched_seconds_total"]
    )
    assert truth["attributes"] == ["gilscope.threads"]
    classes = truth["opentelemetry"]["gilscope.gil.holds_by_size"]
    assert classes == pytest.approx(prometheus["gilscope_gil_hold_duration_seconds_count"], abs=30)


class Server:
    """gunicorn with two workers, as its users have it."""

    def __init__(self, running: Running, port: int, folder: Path) -> None:
        self.running, self.port, self.folder = running, port, folder

    def ask(self, path: str = "/") -> str:
        return read(f"http://127.0.0.1:{self.port}{path}")

    def workers(self) -> set[int]:
        return {
            int(each.stem.rpartition("gilscope")[2]) for each in self.folder.glob("counter_*.db")
        }

    def requests(self, count: int) -> None:
        with ThreadPoolExecutor(4) as pool:
            list(pool.map(lambda _: self.ask(), range(count)))


@pytest.fixture
def server(runner: Runner, tmp_path: Path) -> Iterator[Server]:
    folder = tmp_path / "metrics"
    folder.mkdir()
    gunicorn = Path(sys.executable).with_name("gunicorn")
    command = [str(gunicorn), "-c", str(PROGRAMS / "watched_gunicorn.py"), "watched_server:app"]
    env = {"PROMETHEUS_MULTIPROC_DIR": str(folder), "PYTHONPATH": str(PROGRAMS)}
    running = runner.start(command, env=env)
    try:
        yield Server(running, running.wait_ready(), folder)
    finally:
        running.process.terminate()
        running.finish()


def test_gunicorn_with_two_workers(server: Server) -> None:
    wait_until(lambda: len(server.workers()) == 2)
    requests = 30
    server.requests(requests)
    computed_s = requests * 2 * TURNS * HOLD_S

    def held_s() -> float:
        return sums(server.ask("/metrics"))["gilscope_gil_held_seconds_total"]

    wait_until(lambda: held_s() >= computed_s)
    before = sums(server.ask("/metrics"))
    assert before["gilscope_gil_wait_seconds_total"] > 0
    assert before["gilscope_gil_hold_duration_seconds_count"] > 0
    assert before["gilscope_gil_held_seconds_total"] <= before["gilscope_watched_seconds_total"]
    killed = min(server.workers())
    os.kill(killed, signal.SIGKILL)
    wait_until(lambda: len(server.workers()) == 3)
    after = sums(server.ask("/metrics"))
    fallen = {name for name, value in before.items() if after[name] < value}
    assert fallen == set()


def test_dask_workers_on_a_real_cluster(runner: Runner, library: Path) -> None:
    truth = runner.plain("watched_dask.py", library).truth
    assert len(truth["workers"]) == 2
    for worker in truth["workers"]:
        exported = sums(worker["exported"])
        heartbeat = worker["heartbeat"]
        assert exported["gilscope_gil_wait_seconds_total"] >= heartbeat["gil_wait_s"] - 1e-6
        assert heartbeat["gil_held_s"] > 0
        assert (
            exported["gilscope_gil_held_seconds_total"]
            <= exported["gilscope_watched_seconds_total"]
        )
    held_s = sum(worker["heartbeat"]["gil_held_s"] for worker in truth["workers"])
    assert held_s >= truth["held_s"]
    assert sum(worker["heartbeat"]["gil_wait_s"] for worker in truth["workers"]) > 0
