"""Programs that others wrote give the same results under gilscope."""

from __future__ import annotations

import hashlib
import http.client
import os
import re
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from support.interpreters import describe
from support.invariants import check_trace
from support.recording import Recording, Runner, Running

# Not in one process: on 3.11 test_threading leaves a trace function behind, and a traced thread may
# spin for ever there if a signal comes while the main thread blocks. That is CPython's own mistake:
# tests/programs/traced_spin.py shows it without gilscope.
SHORT = "threads"
SUITES = {
    SHORT: [
        "test_thread",
        "test_threading_local",
        "test_queue",
        "test_fork1",
        "test_threadsignals",
    ],
    "threading": ["test_threading"],
    "asyncio": ["test_asyncio"],
    "subprocess": ["test_subprocess"],
    "concurrent_futures": ["test_concurrent_futures"],
    "fork": ["test_multiprocessing_fork"],
    "forkserver": ["test_multiprocessing_forkserver"],
    "spawn": ["test_multiprocessing_spawn"],
}
# They may hang for ever where ProcessPoolExecutor deadlocks when it ends while a task cannot be
# pickled: python/cpython#125451, mended in 3.12.8 and 3.13.1.
MAY_DEADLOCK = ("*test_shutdown_deadlock_pickle", "*test_processes_terminate")


def left_out(version: tuple[int, ...]) -> list[str]:
    deadlocks = version < (3, 12, 8) or (3, 13) <= version < (3, 13, 1)
    return [word for name in MAY_DEADLOCK for word in ("--ignore", name)] if deadlocks else []


def beside(tag: str) -> dict[str, str]:
    """Where the tests of an interpreter are that comes without: tools/cpython-suites."""
    folder = Path(os.environ.get("CPYTHON_SUITES", "/nowhere")) / tag
    return {"PYTHONPATH": str(folder)} if folder.is_dir() else {}


def outcome(stdout: str) -> dict[str, str]:
    """Each test of the verbose output and how it ended."""
    line = r"^(test\w+ \(.*?\)).*? \.\.\. .*?(ok|FAIL|ERROR|skipped|expected)"
    return dict(re.findall(line, stdout, re.MULTILINE))


@pytest.mark.cpython_suite
@pytest.mark.timeout(2500)
@pytest.mark.parametrize("suite", SUITES)
def test_cpython_suite(runner: Runner, suite: str, request: pytest.FixtureRequest) -> None:
    if suite != SHORT and request.config.getoption("cpython_suite") != "full":
        pytest.skip("only with --cpython-suite=full")
    modules = SUITES[suite]
    env = beside(runner.interpreter.tag)
    has_suite = runner.plain(["-c", f"import test.{modules[0]}"], env=env, expect=None)
    if has_suite.returncode:
        pytest.skip(f"{runner.interpreter.tag} comes without test.{modules[0]}")
    words = ["-m", "test", "-v", *left_out(runner.interpreter.version), *modules]
    plain = runner.plain(words, env=env, expect=None, patience_s=1200)
    recorded = runner.record(words, env=env, expect=None, patience_s=1200)
    tests = outcome(plain.stdout)
    assert len(tests) > 50
    assert outcome(recorded.stdout) == tests
    assert recorded.returncode == plain.returncode


REQUESTS, CLIENTS = 4_000, 4


def load(port: int) -> str:
    """Send the same requests each time, from several clients; return a digest of all answers."""

    def client(number: int) -> list[tuple[int, str, bytes]]:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        answers = []
        for n in range(number, REQUESTS, CLIENTS):
            if n % 5:
                connection.request("GET", f"/hash/{n}")
            else:
                connection.request("POST", "/echo", body=bytes(range(256)) * (n % 200))
            answer = connection.getresponse()
            headers = [(name, value) for name, value in answer.getheaders() if name != "Date"]
            answers.append((answer.status, repr(sorted(headers)), answer.read()))
        connection.close()
        return answers

    with ThreadPoolExecutor(CLIENTS) as pool:
        answers = list(pool.map(client, range(CLIENTS)))
    assert {status for each in answers for status, _, _ in each} == {200}
    stop = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    stop.request("GET", "/stop")
    assert stop.getresponse().read() == str(REQUESTS - REQUESTS // 5).encode()
    stop.close()
    return hashlib.sha256(repr(answers).encode()).hexdigest()


@pytest.mark.slow
def test_waitress_serves_the_same_bytes(tmp_path: Path) -> None:
    """A threaded web server with a Flask application, some thousand requests from four clients."""
    runner = Runner(describe(Path(sys.prefix)), tmp_path)
    plain, _ = serve(runner.start(runner.command("webserver.py")))
    recorded, ended = serve(runner.start_recording("webserver.py"))
    assert recorded == plain
    check_trace(ended.trace)
    names = {thread.name for thread in ended.trace.threads.values()}
    assert {f"waitress-{i}" for i in range(8)} <= names


def serve(running: Running) -> tuple[str, Recording]:
    try:
        digest = load(running.wait_ready())
        ended = running.finish()
    finally:
        running.kill()
    assert ended.returncode == 0, ended.stderr
    return digest, ended
