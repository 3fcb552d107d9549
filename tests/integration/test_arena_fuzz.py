"""The collector survives whatever somebody writes into the memory that it shares."""

from __future__ import annotations

import os
import subprocess
from typing import TYPE_CHECKING

import pytest

from support.interpreters import ROOT

if TYPE_CHECKING:
    from pathlib import Path

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
    clock = native / "shared/clock.c"
    subprocess.run(
        [*compile_, harness, "main.o", *parts, clock, "-pthread", "-o", "fuzz"],
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
