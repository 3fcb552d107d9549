"""Attaching hundreds of times, to many processes, killed at random: `make attach-stress`."""

from __future__ import annotations

import contextlib
import hashlib
import http.client
import json
import random
import statistics
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Self

import pytest

from gilscope.errors import GilscopeError
from gilscope.record.attach import attach
from support.attaching import Attached, attach_command, await_, kill, leftovers, start_attaching

if TYPE_CHECKING:
    from pathlib import Path

    from support.recording import Runner

pytestmark = [pytest.mark.attach_stress, pytest.mark.timeout(1200)]

TIMES = 200
PROCESSES = 20
KILLS = 60


class Clients:
    """Threads that ask a server all the time, and check every answer."""

    def __init__(self, port: int, count: int = 4) -> None:
        self.latencies_s: list[float] = []
        self.problems: list[str] = []
        self._port, self._ended = port, threading.Event()
        self._threads = [threading.Thread(target=self._ask) for _ in range(count)]

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        for thread in self._threads:
            thread.join()

    def _ask(self) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=60)
        with contextlib.closing(connection):
            while not self._ended.is_set():
                n = random.randrange(1_000_000)
                begin_s = time.perf_counter()
                try:
                    connection.request("GET", f"/hash/{n}")
                    answer = connection.getresponse()
                    content = json.loads(answer.read())
                except Exception as error:  # noqa: BLE001 - each is counted
                    self.problems.append(repr(error))
                    connection.close()
                    continue
                self.latencies_s.append(time.perf_counter() - begin_s)
                rows = [hashlib.sha256(f"{n}-{i}".encode()).hexdigest() for i in range(50)]
                if (answer.status, content) != (200, {"n": n, "rows": rows}):
                    self.problems.append(f"{answer.status} {content}")
                time.sleep(0.002)

    def median_ms(self) -> float:
        """Of what was asked since the last time."""
        seen, self.latencies_s = self.latencies_s, []
        return 1000 * statistics.median(seen)


def server(runner: Runner) -> tuple[Attached, int]:
    """A process and its port."""
    program = Attached.start(runner, "attached_server.py")
    return program, program.told


def once(pid: int, path: Path, seconds: float) -> None:
    attachment = attach(pid, path, sample_hz=1000, max_size_bytes=0)
    time.sleep(seconds)
    outcome = attachment.end()
    assert outcome.problem is None
    assert not outcome.lingers
    assert outcome.trace == path


def test_again_and_again(any_runner: Runner, tmp_path: Path) -> None:
    program, port = server(any_runner)
    with program, Clients(port) as clients:
        time.sleep(3)
        before_ms, looks = clients.median_ms(), program.looks()
        once(program.pid, tmp_path / "x.gil", 0.05)
        program.await_left()
        time.sleep(0.5)
        first = program.looks()
        clients.median_ms()
        begin_s = time.monotonic()
        for _ in range(TIMES):
            once(program.pid, tmp_path / "x.gil", random.uniform(0, 0.05))
        took_s, during_ms = time.monotonic() - begin_s, clients.median_ms()
        program.await_left()
        time.sleep(3)
        after_ms, last = clients.median_ms(), program.looks()
        longest_ms = 1000 * max(clients.latencies_s, default=0)
    print(
        f"\n{any_runner.interpreter}: {TIMES} times in {took_s:.1f} s; maps {len(looks.maps)},"
        f" {len(first.maps)} after the first, {len(last.maps)} after the last; threads"
        f" {looks.threads}, {last.threads}; descriptors {len(looks.descriptors)},"
        f" {len(last.descriptors)}; median latency {before_ms:.2f} ms before, {during_ms:.2f}"
        f" during, {after_ms:.2f} after; {len(clients.problems)} wrong answers"
    )
    assert not clients.problems
    assert (last.threads, len(last.descriptors)) == (looks.threads, len(looks.descriptors))
    assert last.imports == looks.imports
    assert len(last.maps) <= len(first.maps) + 2
    assert not leftovers(program.pid)
    assert longest_ms < 60_000


def test_many_at_once(any_runner: Runner, tmp_path: Path) -> None:
    with contextlib.ExitStack() as stack:
        programs = []
        for _ in range(PROCESSES):
            program, _ = server(any_runner)
            programs.append(stack.enter_context(program))
        with ThreadPoolExecutor(PROCESSES) as pool:
            paths = [tmp_path / f"{each.pid}.gil" for each in programs]
            list(pool.map(once, (each.pid for each in programs), paths, [1.0] * PROCESSES))
        for each in programs:
            each.await_left()
            assert not leftovers(each.pid)


def test_killed_at_random_moments(any_runner: Runner, tmp_path: Path) -> None:
    program, port = server(any_runner)
    with program, Clients(port) as clients:
        time.sleep(1)
        looks = program.looks()
        for i in range(KILLS):
            if i % 3:
                kill_soon(program.pid, tmp_path / f"{i}.gil", random.uniform(0.05, 0.6))
            else:
                process = start_attaching(program.pid, "-o", tmp_path / f"{i}.gil")
                time.sleep(random.uniform(0, 0.2))
                kill(process)
        program.await_left()
        await_(lambda: program.looks().imports == looks.imports and not leftovers(program.pid))
        last = program.looks()
        once(program.pid, tmp_path / "last.gil", 0.2)
    assert not clients.problems
    assert (last.threads, len(last.descriptors)) == (looks.threads, len(looks.descriptors))


def kill_soon(pid: int, path: Path, after_s: float) -> None:
    import subprocess

    process = subprocess.Popen(
        attach_command(pid, "-o", path, "--no-report"), stderr=subprocess.PIPE, text=True
    )
    time.sleep(after_s)
    kill(process)


def test_two_quarrel(any_runner: Runner, tmp_path: Path) -> None:
    """Who comes second is refused, and nothing of it stays."""
    program, _ = server(any_runner)
    outcomes: list[str] = []

    def try_it(i: int) -> None:
        try:
            once(program.pid, tmp_path / f"{i}.gil", 0.3)
        except GilscopeError as error:
            outcomes.append(error.message)
        else:
            outcomes.append("")

    with program, ThreadPoolExecutor(4) as pool:
        list(pool.map(try_it, range(4)))
        assert "" in outcomes
        unexpected = [each for each in outcomes if each and "already" not in each]
        assert not unexpected
        program.await_left()
        once(program.pid, tmp_path / "last.gil", 0.2)
