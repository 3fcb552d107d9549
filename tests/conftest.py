"""Fixtures: every interpreter found, and running programs with it under gilscope."""

from __future__ import annotations

import signal
from typing import TYPE_CHECKING

import hypothesis
import pytest

from support.interpreters import (
    Interpreter,
    interpreters,
    jit_interpreters,
    missing,
    sanitized_interpreters,
)
from support.native import compile_library
from support.recording import Runner

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

# How long an example takes says how busy the machine is, not whether it is right.
hypothesis.settings.register_profile("gilscope", deadline=None)
hypothesis.settings.load_profile("gilscope")


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("gilscope")
    group.addoption(
        "--sanitized", action="store_true", help="record with the builds of `make sanitize`"
    )
    group.addoption(
        "--jit", action="store_true", help="record with interpreters whose JIT is switched on"
    )
    group.addoption(
        "--arena-inputs", type=int, default=20_000, help="how many to feed the collector's memory"
    )
    group.addoption(
        "--short-lives",
        type=int,
        metavar="N",
        help="how many processes to start one after another, on each interpreter",
    )
    group.addoption(
        "--watch-rounds", type=int, default=5, help="how long to watch threads come and go"
    )
    group.addoption(
        "--cpython-suite",
        choices=("short", "full"),
        default="short",
        help="how much of CPython's own test suite to run under gilscope",
    )
    group.addoption(
        "--releases", metavar="FOLDER", help="explore releases of PyPI, which are installed there"
    )


def pytest_configure() -> None:
    """`make test &` in a script has Ctrl-C ignored, and so would the programs of the tests."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="session", autouse=True)
def _nothing_measured_before(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """What `gilscope predict --calibrate` has kept for its user is not for tests."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.mktemp("cache")))
        yield


def pytest_report_header() -> list[str]:
    found = ", ".join(interpreter.tag for interpreter in interpreters()) or "none: run `make build`"
    lines = [f"interpreters: {found}"]
    if missing():
        lines.append(f"interpreters that are NOT covered, as they were not found: {missing()}")
    return lines


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run a test once for every interpreter that it can run with.

    `interpreter`: those that have a GIL; `any_interpreter`: all; `free_threaded`: without a GIL.
    """
    config = metafunc.config
    chosen = interpreters()
    if config.getoption("sanitized"):
        chosen = sanitized_interpreters()
    elif config.getoption("jit"):
        chosen = jit_interpreters()
    kinds = {
        "interpreter": [each for each in chosen if each.has_gil],
        "any_interpreter": list(chosen),
        "free_threaded": [each for each in chosen if not each.has_gil],
    }
    for name, values in kinds.items():
        if name in metafunc.fixturenames:
            metafunc.parametrize(name, values, ids=str, scope="session")


@pytest.fixture
def runner(interpreter: Interpreter, tmp_path: Path) -> Runner:
    """Runs programs with an interpreter that has a GIL."""
    return Runner(interpreter, tmp_path)


@pytest.fixture
def any_runner(any_interpreter: Interpreter, tmp_path: Path) -> Runner:
    return Runner(any_interpreter, tmp_path)


@pytest.fixture(scope="session")
def faults_library(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """To be loaded before all others: lets a chosen call of a system function fail."""
    return compile_library("faults", tmp_path_factory.mktemp("faults"))


@pytest.fixture(scope="session")
def beat_library(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return compile_library("beat", tmp_path_factory.mktemp("native"))
