"""Real servers on this machine, with clients that put them under load."""

from __future__ import annotations

import os
import signal
import socket
import sys
import urllib.request
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from http.client import HTTPException
from typing import TYPE_CHECKING, Self

from support.packages import linked
from support.processes import left_of, wait_until
from support.recording import PROGRAMS

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from support.recording import Recording, Runner, Running

PATIENCE_S = 60
REQUESTS, CLIENTS = 24, 6


@dataclass(frozen=True, slots=True)
class Answer:
    text: str
    pid: int
    parent_pid: int


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
        assert isinstance(port, int)
        return port


def ask(port: int, number: int) -> Answer:
    """The square of a number, and which worker told it."""
    url = f"http://127.0.0.1:{port}/{number}"
    with urllib.request.urlopen(url, timeout=PATIENCE_S) as response:
        text = response.read()
        assert isinstance(text, bytes)
        headers = response.headers
        return Answer(text.decode(), int(headers["Worker"]), int(headers["Parent"]))


def serves(port: int, other_than: int = 0) -> bool:
    """Whether anybody serves, who is not that process."""
    try:
        return ask(port, 0).pid != other_than
    except (OSError, HTTPException):  # nobody yet, or somebody who is just ending
        return False


def load(port: int) -> Counter[int]:
    """Several clients at once; how many requests each worker answered, all of them rightly."""
    with ThreadPoolExecutor(CLIENTS) as clients:
        answers = list(clients.map(lambda number: ask(port, number), range(REQUESTS)))
    assert [each.text for each in answers] == [str(number**2) for number in range(REQUESTS)]
    return Counter(each.pid for each in answers)


@dataclass(frozen=True)
class Server:
    """Serves while the `with` lasts, recorded or not; whatever is left of it is ended then."""

    running: Running
    port: int
    folder: Path

    def __enter__(self) -> Self:
        try:
            wait_until(lambda: serves(self.port))
        except BaseException:
            self.__exit__(*sys.exc_info())
            raise
        return self

    def __exit__(self, *error: object) -> None:
        self.running.kill()
        if any(error):  # it may have ended without its workers
            for pid in left_of(self.folder):
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)

    def stop(self, how: str) -> Recording:
        """Ctrl-C goes to all, SIGTERM to whom we started; others send others to the server."""
        started = self.running.process.pid
        if how == "SIGINT":
            os.killpg(started, signal.SIGINT)
        elif how == "SIGTERM":
            os.kill(started, signal.SIGTERM)
        else:
            os.kill(ask(self.port, 0).parent_pid, getattr(signal, how))
        return self.running.finish(PATIENCE_S)


def serve(
    runner: Runner,
    *words: str,
    packages: tuple[str, ...],
    recorded: bool = True,
    env: Mapping[str, str] | None = None,
    cwd: Path | None = None,
) -> Server:
    """Start it with `PORT` in its words replaced by a free one."""
    port = free_port()
    folders = (*([cwd] if cwd else []), PROGRAMS, packages_of(runner, *packages))
    command = runner.command([each.replace("PORT", str(port)) for each in words])
    trace = runner.folder / "server.gil"
    if recorded:
        command = [*runner.launcher(trace), "--", *command]
    variables = {"PYTHONPATH": os.pathsep.join(map(str, folders)), **(env or {})}
    return Server(
        runner.start(command, env=variables, trace_path=trace, cwd=cwd), port, runner.folder
    )


def packages_of(runner: Runner, *names: str) -> Path:
    folder = runner.folder / "packages"
    return folder if folder.exists() else linked(folder, *names)
