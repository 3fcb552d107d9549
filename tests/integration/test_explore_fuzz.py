"""Random programs: the final states that explore reaches are those of brute force, always.

The brute force (support.interleavings) needs CPython 3.11, whose frames it reads; what it finds
without the GIL holds for the interpreters of every version. `make fuzz` runs many more.
"""

from __future__ import annotations

import functools
import json
import subprocess
from typing import TYPE_CHECKING, Any

import pytest

from support.exploring import PROGRAMS
from support.interpreters import ROOT, clean_environment, interpreters

if TYPE_CHECKING:
    from collections.abc import Sequence

    from support.interpreters import Interpreter

BLOCK = 100
BUDGET = 6_000  # executions of the brute force for one program; those that need more are left out
MOST_LEFT_OUT = 0.15
LOCKS_UP = 600  # seconds


def rows_of(interpreter: Interpreter, arguments: Sequence[str]) -> dict[int, dict[str, Any]]:
    done = subprocess.run(
        [str(interpreter.python), *arguments],
        capture_output=True,
        text=True,
        check=False,
        timeout=LOCKS_UP,
        env={**clean_environment(), **interpreter.environment, "PYTHONPATH": str(ROOT / "tests")},
    )
    assert done.returncode == 0, done.stderr
    return {row["seed"]: row for row in map(json.loads, done.stdout.splitlines())}


@functools.cache
def truth(world: str, first: int) -> dict[int, set[str]]:
    """Final states by brute force, of the programs that it can exhaust."""
    python = next((each for each in interpreters() if each.version[:2] == (3, 11)), None)
    if python is None:
        pytest.skip("the brute force reads the frames of CPython 3.11, which was not found")
    fuse = [] if world == "gil" else ["--fuse"]
    arguments = ["-m", "support.interleavings", str(first), str(BLOCK)]
    rows = rows_of(python, [*arguments, "--budget", str(BUDGET), "--world", world, *fuse])
    found = {seed: set(row["states"]) for seed, row in rows.items() if row["states"] is not None}
    assert len(found) >= BLOCK * (1 - MOST_LEFT_OUT)
    return found


def compare(interpreter: Interpreter, world: str, first: int) -> None:
    expected = truth(world, first)
    program = str(PROGRAMS / "explore_fuzz.py")
    rows = rows_of(interpreter, [program, world, str(first), str(BLOCK)])
    for seed, states in expected.items():
        row = rows[seed]
        assert row["complete"], row
        assert set(row["states"]) == states, f"seed {seed}"
        assert set(row["sampled"]) <= states, f"seed {seed}"


@pytest.mark.timeout(600)
@pytest.mark.parametrize("first", [0])
def test_without_the_gil(any_interpreter: Interpreter, first: int) -> None:
    compare(any_interpreter, "free-threaded", first)


@pytest.mark.timeout(600)
@pytest.mark.parametrize("first", range(0, 1_000, BLOCK))
def test_with_the_gil(interpreter: Interpreter, first: int) -> None:
    if interpreter.version[:2] != (3, 11):
        pytest.skip("where the eval loop may switch differs between versions")
    compare(interpreter, "gil", first)


@pytest.mark.fuzz
@pytest.mark.timeout(3_600)
@pytest.mark.parametrize("world", ["gil", "free-threaded"])
@pytest.mark.parametrize("first", range(1_000, 6_000, BLOCK))
def test_many_more(interpreter: Interpreter, world: str, first: int) -> None:
    if interpreter.version[:2] == (3, 11):
        compare(interpreter, world, first)
