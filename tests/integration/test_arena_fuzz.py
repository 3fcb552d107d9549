"""Collector and recorder survive whatever somebody writes into the memory that they share."""

from __future__ import annotations

import os
import subprocess
from typing import TYPE_CHECKING

import pytest

from support.broken import with_collector
from support.interpreters import ROOT
from support.native import compile_program

if TYPE_CHECKING:
    from pathlib import Path

    from support.recording import Runner

FLAGS = [
    "-std=c11",
    "-D_GNU_SOURCE",
    "-O1",
    "-g",
    "-fno-strict-aliasing",
    "-fsanitize=address,undefined",
    "-fno-sanitize-recover=all",
]


@pytest.mark.sanitizer
@pytest.mark.timeout(3600)
def test_collector_on_a_hostile_arena(tmp_path: Path, request: pytest.FixtureRequest) -> None:
    """Built with ASan and UBSan, which end it at the first mistake."""
    native = ROOT / "native"
    parts = [path for path in (native / "collector").glob("*.c") if path.name != "main.c"]
    compile_ = ["cc", *FLAGS, "-I", str(native)]
    subprocess.run(
        [*compile_, "-Dmain=collector_main", "-c", native / "collector/main.c", "-o", "main.o"],
        cwd=tmp_path,
        check=True,
    )
    harness = ROOT / "tests/programs/native/fuzz_collector.c"
    shared = (native / "shared").glob("*.c")
    subprocess.run(
        [*compile_, harness, "main.o", *parts, *shared, "-pthread", "-o", "fuzz"],
        cwd=tmp_path,
        check=True,
    )
    inputs = request.config.getoption("arena_inputs")
    environment = {**os.environ, "ASAN_OPTIONS": "detect_leaks=0"}  # it ends with what it has
    done = subprocess.run(
        [tmp_path / "fuzz", str(inputs), "1"],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout == f"{inputs} inputs\n"


@pytest.mark.sanitizer
@pytest.mark.timeout(3600)
def test_recorder_with_a_hostile_collector(runner: Runner, request: pytest.FixtureRequest) -> None:
    """A real program that records itself, with a recorder that a sanitizer watches."""
    if runner.interpreter.sanitizer == "thread":
        pytest.skip("TSan ends a program with threads that starts its own collector")
    hostile = compile_program("hostile_collector", runner.folder)
    script = f'#!/bin/sh\nexec {hostile} "$@"\n'
    env = with_collector(runner.interpreter, runner.folder / "package", script)
    inputs = max(200_000, request.config.getoption("arena_inputs"))  # ten recordings
    words = ("fuzzed_recorder.py", inputs, runner.folder)
    ended = runner.plain(*words, env=env, patience_s=3000)
    assert ended.truth["inputs"] >= inputs
    assert ended.truth["recorded_lives"] > ended.truth["lives"] / 4  # most go on all the time
    assert "ERROR" not in ended.stderr  # of a sanitizer
    assert "runtime error" not in ended.stderr
