"""Random programs: the final states that explore reaches are those of brute force, always.

The brute force (support.interleavings) needs CPython 3.11, whose frames it reads; what it finds
without the GIL holds for the interpreters of every version. Where explore says that it does not
know, its states are a part of the truth; how often it may say so is bounded for each theme.
`make fuzz` runs many more.
"""

from __future__ import annotations

import functools
import hashlib
import json
import os
import subprocess
from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest

from support.exploreprocess import PROGRAMS
from support.interleavings.programs import generate, theme
from support.interleavings.themes import THEMES
from support.interpreters import ROOT, clean_environment, interpreters

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from support.interpreters import Interpreter

BLOCK = 100
PROGRAMS_WITH_ALL = 1_500
BUDGET = 1_000  # executions of the brute force for one program; those that need more are left out
MOST_LEFT_OUT = 0.5
LOCKS_UP = 900  # seconds
LEAST_CHANGES = 500  # in the programs of a block
KEPT = ROOT / "build" / "fuzz"  # what need not be run again: the brute force, and whole blocks
# The least part of the programs about which explore says that it knows all their states: of all,
# and of each theme. Without the GIL, much C code is no single step, and explore says so.
LEAST_KNOWN = {"gil": 0.9, "free-threaded": 0.75}
LEAST_KNOWN_OF_THEME = {"gil": 0.7, "free-threaded": 0.4}
HARDLY_KNOWN = {"asynchronous", "lives"}  # coroutines, finalizers
FEW = 4  # programs of a theme, of which nothing is asked
LOCKED_IN_3_11 = "cached_property"  # and in no later version

Rows = dict[int, dict[str, Any]]


def run_with(interpreter: Interpreter, arguments: Sequence[str]) -> str:
    done = subprocess.run(
        [str(interpreter.python), *arguments],
        capture_output=True,
        text=True,
        check=False,
        timeout=LOCKS_UP,
        env={**clean_environment(), **interpreter.environment, "PYTHONPATH": str(ROOT / "tests")},
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def rows_of(interpreter: Interpreter, arguments: Sequence[str]) -> Rows:
    lines = run_with(interpreter, arguments).splitlines()
    return {row["seed"]: row for row in map(json.loads, lines)}


@functools.cache
def truth(world: str, first: int, count: int = BLOCK) -> dict[int, set[str]]:
    """Final states by brute force, of the programs that it can exhaust."""
    kept = result_of(("tests/support/interleavings",), f"truth-{world}-{first}-{count}")
    if not kept.is_file():
        keep(kept, brute_force(world, first, count))
    rows: dict[str, list[str] | None] = json.loads(kept.read_text(encoding="utf-8"))
    found = {int(seed): set(states) for seed, states in rows.items() if states is not None}
    assert len(found) >= count * (1 - MOST_LEFT_OUT)
    return found


def brute_force(world: str, first: int, count: int) -> dict[int, list[str] | None]:
    """By seed, the final states; None of a program that takes more than its budget."""
    python = next((each for each in interpreters() if each.version[:2] == (3, 11)), None)
    if python is None:
        pytest.skip("the brute force reads the frames of CPython 3.11, which was not found")
    fuse = [] if world == "gil" else ["--fuse"]
    arguments = ["-m", "support.interleavings", str(first), str(count)]
    rows = rows_of(python, [*arguments, "--budget", str(BUDGET), "--world", world, *fuse])
    return {seed: row["states"] for seed, row in rows.items()}


def result_of(sources: Sequence[str], name: str) -> Path:
    """Where the result that these folders lead to, as they are now, is kept."""
    digest = hashlib.sha256()
    for folder in sources:
        for path in sorted((ROOT / folder).rglob("*.[pch]*")):
            if path.suffix in {".py", ".c", ".h"}:
                digest.update(path.read_bytes())
    return KEPT / digest.hexdigest()[:12] / f"{name}.json"


def keep(path: Path, result: object) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_suffix(f".{os.getpid()}")
    fresh.write_text(json.dumps(result), encoding="utf-8")
    fresh.replace(path)


def compare(interpreter: Interpreter, world: str, first: int, count: int = BLOCK) -> Counter[str]:
    """How many programs of each theme there were (`theme`), and knew all states (`theme known`)."""
    expected = truth(world, first, count)
    program = str(PROGRAMS / "explore_fuzz.py")
    rows = rows_of(interpreter, [program, world, str(first), str(count)])
    counts: Counter[str] = Counter()
    wrong: list[str] = []
    for seed, states in expected.items():
        if LOCKED_IN_3_11 in generate(seed) and interpreter.version[:2] != (3, 11):
            continue
        about, row = theme(seed), rows[seed]
        if not agrees(row, states):
            wrong.append(f"seed {seed} ({about}): {row}, in truth {sorted(states)}")
        counts.update([about, *[f"{about} known"] * row["claims"]])
    assert not wrong, "\n".join(wrong)
    return counts


def agrees(row: dict[str, Any], states: set[str]) -> bool:
    """Whether what explore said of a program is right.

    It may reach more states, and says so, where finalizers ran at other times, and where C code
    without the GIL is not the single step that it is for the brute force.
    """
    if row["late"] or not row["atomic"]:
        return not row["claims"]
    truth, found, sampled = map(as_told_apart, (states, row["states"], row["sampled"]))
    return (found == truth if row["claims"] else found <= truth) and sampled <= truth


def as_told_apart(states: Iterable[str]) -> set[str]:
    """Each search keeps its states in a set, of which True and 1 are one: whichever came first."""
    return {each.replace("True", "1").replace("False", "0") for each in states}


def check_known(counts: Counter[str], world: str) -> None:
    """That explore knew enough: else whatever it says would pass."""
    known = sum(counts[f"{about} known"] for about in THEMES)
    assert known >= LEAST_KNOWN[world] * sum(counts[about] for about in THEMES), counts
    for about in THEMES.keys() - HARDLY_KNOWN:
        least = LEAST_KNOWN_OF_THEME[world] * counts[about]
        assert counts[about] < FEW or counts[f"{about} known"] >= least, (about, counts)


def test_programs_have_every_instruction(any_interpreter: Interpreter) -> None:
    """That a compiler puts into functions; coverage.NEVER has the rest, with reasons."""
    arguments = ["-m", "support.interleavings", "0", str(PROGRAMS_WITH_ALL), "--missing"]
    done = run_with(any_interpreter, arguments)
    assert json.loads(done) == []


@pytest.mark.timeout(900)
def test_notes_all_that_changes(any_interpreter: Interpreter) -> None:
    """Comparing all state before and after each instruction, which knows no instruction."""
    program = str(PROGRAMS / "explore_fuzz.py")
    rows = rows_of(any_interpreter, [program, "unnoted", "0", str(BLOCK)])
    assert {seed: row["found"] for seed, row in rows.items() if row["found"]} == {}
    assert sum(row["changes"] for row in rows.values()) > LEAST_CHANGES


@pytest.mark.timeout(900)
@pytest.mark.parametrize("first", [0])
def test_without_the_gil(any_interpreter: Interpreter, first: int) -> None:
    check_known(compare(any_interpreter, "free-threaded", first), "free-threaded")


@pytest.mark.timeout(900)
@pytest.mark.parametrize("first", [0, pytest.param(BLOCK, marks=pytest.mark.more)])
def test_with_the_gil(interpreter: Interpreter, first: int) -> None:
    if interpreter.version[:2] != (3, 11):
        pytest.skip("where the eval loop may switch differs between versions")
    check_known(compare(interpreter, "gil", first), "gil")


@pytest.mark.fuzz
@pytest.mark.timeout(3_600)
@pytest.mark.parametrize("world", ["gil", "free-threaded"])
@pytest.mark.parametrize("first", range(1_000, 11_000, BLOCK))
def test_many_more(interpreter: Interpreter, world: str, first: int) -> None:
    if interpreter.version[:2] != (3, 11):
        pytest.skip("the interpreter of the brute force is enough for these")
    done = result_of(("src", "native", "tests/support/interleavings"), f"{world}-{first}")
    if done.is_file():
        pytest.skip("done before, with the same sources")
    counts = compare(interpreter, world, first)
    truth.cache_clear()
    keep(done, counts)
