"""Experiments, run for real: their order and plausibility, never their times."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING, Any

import pytest

from gilscope.lab.kit.machine import has_gil
from support.interpreters import ROOT, Interpreter, clean_environment, interpreters

if TYPE_CHECKING:
    from pathlib import Path


OURS = ("fibonacci", "race", "switch")
ALL = (*OURS, "refcount")
PAGE = ROOT / "docs" / "reference" / "lab-json.md"
CORES = len(os.sched_getaffinity(0))

_found: dict[str, dict[str, Any]] = {}


def lab(python: str | Path, name: str, folder: Path) -> dict[str, Any]:
    done = subprocess.run(
        [python, "-m", "gilscope", "lab", name, "--json"],
        capture_output=True,
        text=True,
        check=False,
        env={**clean_environment(), "TMPDIR": str(folder)},
        timeout=110,
    )
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    assert list(folder.iterdir()) == []
    found = json.loads(done.stdout)
    assert isinstance(found, dict)
    return found


def here(name: str, folder: Path) -> dict[str, Any]:
    """What this Python shows; each experiment runs once for all tests."""
    if name not in _found:
        _found[name] = lab(sys.executable, name, folder)
    return _found[name]


@pytest.mark.parametrize("name", OURS)
def test_every_step_says_what_was_seen_or_why_not(name: str, tmp_path: Path) -> None:
    found = here(name, tmp_path)
    assert found["schema_version"] == 1
    assert found["experiment"] == name
    assert found["conclusion"]
    for step in found["steps"]:
        assert bool(step["unavailable"]) != all((step["did"], step["saw"], step["means"]))


@pytest.mark.skipif(CORES < 2, reason="nothing can be faster than one core")
def test_fibonacci_gains_from_processes_and_hashing_from_threads(tmp_path: Path) -> None:
    """Where others leave the cores to it; a pause needs none."""
    data = here("fibonacci", tmp_path)["data"]
    speedup, others = data["here"]["speedup"], data["here"]["load"]["others_cores"]
    assert speedup["pause/threads"] > 1.5
    if others is not None and others < 0.2:
        assert speedup["fibonacci/processes"] > speedup["fibonacci/threads"]
        assert speedup["digest/threads"] > 1


def test_fibonacci_has_a_curve_and_shows_its_code(tmp_path: Path) -> None:
    found = here("fibonacci", tmp_path)
    data = found["data"]
    points = [(each["strategy"], each["workers"]) for each in data["here"]["curve"]]
    strategies = {strategy for strategy, _ in points}
    assert {"threads", "processes"} <= strategies
    assert set(points) == {(each, workers) for each in strategies for workers in (1, 2, 4, 8)}
    assert 0 <= data["here"]["load"]["others_cores"] <= data["cores"]
    listing = found["steps"][0]["exhibits"][0]
    assert listing["lines"][0] == "def fibonacci(n: int) -> int:"
    assert any("ThreadPoolExecutor" in line for line in listing["lines"])


@pytest.mark.skipif(not has_gil(), reason="takes no turns")
def test_fibonacci_takes_turns(tmp_path: Path) -> None:
    assert here("fibonacci", tmp_path)["data"]["turns"]["turns"] > 0


@pytest.mark.parametrize("name", ALL)
def test_every_name_of_the_data_is_documented(name: str, tmp_path: Path) -> None:
    """And none that is not there: the page has a table for each experiment, and shared ones."""
    data = here(name, tmp_path)["data"]
    documented = _names_in(f"data of {name}") | _names_in("load")
    if name in ("race", "refcount"):
        documented |= _names_in("explored")
        assert data["explored"] is not None
    if name in ("race", "fibonacci") and data["free_threaded"] is None:
        data |= {"free_threaded": data["here"]}
    assert _names_of(data) == documented


def test_every_name_of_a_step_is_documented(tmp_path: Path) -> None:
    found = [here(name, tmp_path) for name in ALL]
    shared = [{**each, "data": None} for each in found]
    assert set().union(*map(_names_of, shared)) == _names_in("Experiments as JSON")


def _names_in(heading: str) -> set[str]:
    """The names in the first column of the table below a heading."""
    section = re.split(rf"^#+ {heading}$", PAGE.read_text(), flags=re.MULTILINE)[1]
    section = re.split(r"^#", section, flags=re.MULTILINE)[0]
    cells = [line.split("|")[1] for line in section.splitlines() if line.startswith("| `")]
    return {name for cell in cells for name in re.findall(r"\w+", cell)}


def _names_of(found: object) -> set[str]:
    """All keys but those that say what was measured, as `fibonacci/threads`."""
    if isinstance(found, list):
        return set().union(*map(_names_of, found))
    if not isinstance(found, dict):
        return set()
    names = {key for key in found if "/" not in key}
    inside = (value for key, value in found.items() if key != "exploration")
    return names.union(*map(_names_of, inside))


@pytest.mark.parametrize("name", ["fibonacci", "switch"])
def test_one_holder_at_a_time(name: str, tmp_path: Path) -> None:
    exhibits = [each for step in here(name, tmp_path)["steps"] for each in step["exhibits"]]
    tracks = [each for each in exhibits if each.get("shows") == "gil"]
    assert len(tracks) == 1
    cells = [row["cells"] for row in tracks[0]["rows"]]
    assert all("#" in row or "." in row for row in cells)
    assert all(column.count("#") <= 1 for column in map("".join, zip(*cells, strict=True)))


def test_processes_are_shown_by_their_cores(tmp_path: Path) -> None:
    """Each computes all the time, as far as it gets a core; together they have no more than all."""
    exhibits = [each for step in here("fibonacci", tmp_path)["steps"] for each in step["exhibits"]]
    tracks = next(each for each in exhibits if each.get("shows") == "core")
    shares = [row["shares"] for row in tracks["rows"]]
    assert len(shares) == 4
    assert all(len(row["shares"]) == len(row["cells"]) for row in tracks["rows"])
    average = [sum(each) / len(each) for each in shares]
    assert all(average)
    assert sum(average) <= 1.05 * CORES


def test_a_lock_loses_nothing(tmp_path: Path) -> None:
    data = here("race", tmp_path)["data"]
    found = data["here"]["found"]
    assert found["locked"]["updates"] > 0
    assert found["locked"]["lost"] == 0
    assert found["check_locked"]["made_again"] == 0
    assert found["call"]["lost"] > 0
    assert data["switches_inside"]["plain"] == 0
    assert found["plain"]["lost"] == 0


def test_every_order_is_tried(tmp_path: Path) -> None:
    data = here("race", tmp_path)["data"]["explored"]
    found = {
        name: [each["verdict"] for each in explored["worlds"]] for name, explored in data.items()
    }
    assert found == {
        "plain": ["found", "proven"],
        "call": ["found", "found"],
        "locked": ["proven", "proven"],
    }


def test_a_longer_switch_interval_makes_the_sleeper_later(tmp_path: Path) -> None:
    data = here("switch", tmp_path)["data"]
    late = [row["late_median_s"] for row in data["intervals"]]
    assert data["late_median_alone_s"] < late[-1]
    assert late[0] < late[-1]


# One without a GIL and one with sub-interpreters are enough.
OTHERS = [each for each in interpreters() if each.tag in ("3.13t", "3.14")]


@pytest.mark.slow
@pytest.mark.parametrize("other", OTHERS, ids=str)
@pytest.mark.parametrize("name", OURS)
def test_everywhere(other: Interpreter, name: str, tmp_path: Path) -> None:
    found = lab(other.python, name, tmp_path)
    if name == "switch":
        assert found["data"]["gil_enabled"] == other.has_gil


def test_a_file_instead_of_stdout(tmp_path: Path) -> None:
    (tmp_path / "race.txt").write_text("old")
    done = subprocess.run(
        [sys.executable, "-m", "gilscope", "lab", "race", "-o", "race.txt", "--force"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout) == (0, ""), done.stderr
    assert "counter" in (tmp_path / "race.txt").read_text("utf-8")


@pytest.mark.parametrize("name", OURS)
def test_ctrl_c_leaves_nothing(name: str, tmp_path: Path) -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "gilscope", "lab", name],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**clean_environment(), "TMPDIR": str(tmp_path)},
        start_new_session=True,
    )
    deadline_s = time.monotonic() + 30
    while not (children := _children(process.pid)) and time.monotonic() < deadline_s:
        time.sleep(0.1)
    process.send_signal(signal.SIGINT)
    stdout, stderr = process.communicate(timeout=30)
    assert process.returncode == -signal.SIGINT
    assert stdout == ""
    assert stderr == ""
    assert children
    assert not [child for child in children if _alive(child)]
    assert list(tmp_path.iterdir()) == []


def _children(pid: int) -> list[int]:
    """All descendants, whatever their session."""
    listed = subprocess.check_output(["ps", "-eo", "pid=,ppid="], text=True)
    pairs = [tuple(map(int, line.split())) for line in listed.splitlines()]
    found, at = [pid], 0
    while at < len(found):
        found += [child for child, parent in pairs if parent == found[at]]
        at += 1
    return found[1:]


def _alive(pid: int) -> bool:
    try:
        with open(f"/proc/{pid}/stat") as stat:  # noqa: PTH123
            return stat.read().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False
