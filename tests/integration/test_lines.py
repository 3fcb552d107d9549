"""The line that is named is the line that did it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from gilscope.trace import SAMPLER_TABLE, Frame
from support.recording import PROGRAMS

if TYPE_CHECKING:
    from gilscope.analysis.model import Analysis
    from gilscope.trace import PathTable
    from support.recording import Runner

# Samples of a share p scatter by sqrt(p (1 - p) / n): 1,500 of them stay within 0.05 by 4 sigma.
TOLERANCE = 0.05


def shares_by_function(analysis: Analysis) -> dict[str, float]:
    """All waiting of the waiter, by the function that was blamed for it."""
    blamed: dict[str, float] = {}
    for row in analysis.blame:
        name = row.line.function.rpartition(".")[2]
        blamed[name] = blamed.get(name, 0) + row.caused_wait_s
    total = sum(blamed.values())
    return {name: seconds / total for name, seconds in blamed.items()}


@pytest.mark.accuracy
@pytest.mark.parametrize("interval_s", [10, 0.005], ids=["one-hold", "forced-switches"])
def test_composition(runner: Runner, interval_s: float) -> None:
    """70/20/10 over three functions, and nothing on the blocking call that ends the hold."""
    recording = runner.record("composition.py", interval_s, 2)
    shares = shares_by_function(recording.analysis)
    print(shares, recording.truth)
    for name, share in recording.truth["shares"].items():
        assert shares.get(name, 0) == pytest.approx(share, abs=TOLERANCE)
    assert shares.get("innocent", 0) <= TOLERANCE


@pytest.mark.accuracy
@pytest.mark.parametrize("name", ["pow", "in", "sorted", "regex", "csv", "pickle"])
def test_culprit_before_an_innocent_call(runner: Runner, name: str) -> None:
    """The drop request is honoured one function too late: the release alone names the wrong one."""
    recording = runner.record("culprits.py", name, 1.5)
    truth = recording.truth
    blame = recording.analysis.blame
    total = sum(row.caused_wait_s for row in blame)
    here = [row for row in blame if row.line.file == str(PROGRAMS / "culprits.py")]
    share = (
        sum(
            row.caused_wait_s
            for row in here
            if (row.line.function.endswith(truth["function"]) and row.line.line == truth["line"])
            # What the call does in Python files of its own is the call's doing.
        )
        / total
    )
    in_library = sum(row.caused_wait_s for row in blame if row not in here) / total
    print([(row.line, round(row.fraction, 3)) for row in blame[:4]], truth)
    assert share + in_library == pytest.approx(truth["share"], abs=TOLERANCE)
    assert blame[0].line.line == truth["line"]
    assert blame[0].line_source == "sampled"


@pytest.mark.accuracy
def test_victim_is_named_by_the_line_where_it_waited(runner: Runner) -> None:
    recording = runner.record("culprits.py", "regex", 1)
    victim = recording.analysis.victims[0]
    source = (PROGRAMS / "_truth.py").read_text().splitlines()
    assert "time.sleep(pause_s)" in source[victim.line.line - 1]
    assert victim.fraction > 0.9
    pair = recording.analysis.pairs[0]
    assert (pair.culprit, pair.victim) == ("MainThread", "waiter")


@pytest.mark.accuracy
def test_without_samples_the_release_is_named_and_said_so(runner: Runner) -> None:
    recording = runner.record("composition.py", 10, 1, options=["--sample-hz", "0"])
    assert recording.analysis.run.samples == 0
    assert {row.line_source for row in recording.analysis.blame} == {"release"}


def every_path(paths: PathTable) -> list[tuple[Frame, ...]]:
    return [paths.frames(path) for path in range(1, len(paths))]


@pytest.mark.sanitizer
@pytest.mark.parametrize("where", ["sampled", "released"])
def test_a_class_that_is_called_is_called_by_its_line(runner: Runner, where: str) -> None:
    """CPython puts a frame of its own below `__init__`: it must not hide the line that called."""
    recording = runner.record("class_calls.py", 1.5)
    table = SAMPLER_TABLE if where == "sampled" else 0
    paths = every_path(recording.trace.paths(table))
    file = str(PROGRAMS / "class_calls.py")
    assert {frame for path in paths for frame in path if frame.file == "__init__"} == set()
    call = Frame("build", file, recording.truth["line"])
    callers = {path[1] for path in paths if path[0].function == "Built.__init__" and path[1:]}
    assert callers == {call}
    # While the locals of __init__ go, the line of the call is what runs.
    assert call in {path[0] for path in paths}
