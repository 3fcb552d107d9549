"""One order of the first steps of threads that begin alike ends like all of them."""

from __future__ import annotations

import json
import subprocess
from typing import TYPE_CHECKING, Any

import pytest

from support.corpus import FOLDER
from support.exploreprocess import PROGRAMS, explore
from support.interpreters import ROOT, clean_environment

if TYPE_CHECKING:
    from support.interpreters import Interpreter

COUNT = 60
MOST_TOLD_APART = 0.2
LOCKS_UP = 500  # seconds
ORDERS_OF_TWELVE = 479_001_600


def compared(interpreter: Interpreter, world: str) -> list[dict[str, Any]]:
    done = subprocess.run(
        [interpreter.python, PROGRAMS / "explore_symmetry.py", world, "0", str(COUNT)],
        capture_output=True,
        text=True,
        check=False,
        timeout=LOCKS_UP,
        env={**clean_environment(), **interpreter.environment, "PYTHONPATH": str(ROOT / "tests")},
    )
    assert done.returncode == 0, done.stderr
    rows = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(rows) == COUNT
    return [each for each in rows if each["all"]["states"] is not None]


@pytest.mark.timeout(600)
@pytest.mark.parametrize("world", ["gil", "free-threaded"])
def test_random_programs_end_alike(any_interpreter: Interpreter, world: str) -> None:
    rows = compared(any_interpreter, world)
    for row in rows:
        assert row["one"]["states"] == row["all"]["states"], row
        assert row["one"]["claims"] == row["all"]["claims"], row
    told_apart = [each["seed"] for each in rows if each["one"]["told apart"]]
    assert len(told_apart) <= len(rows) * MOST_TOLD_APART
    executions = {name: sum(each[name]["executions"] for each in rows) for name in ("all", "one")}
    assert executions["one"] < 0.9 * executions["all"], executions


def test_threads_that_nobody_tells_apart_are_run_in_one_order(
    any_interpreter: Interpreter,
) -> None:
    """What tells them apart has bugs of its own in the corpus: alike:test_broken_..."""
    found = explore(any_interpreter, [FOLDER], ["alike:test_fixed_many"], search="exhaust")
    (answer,) = found.values()
    assert answer["verdict"] == "proven", answer
    assert answer["executions"] < ORDERS_OF_TWELVE // 1_000_000
