"""What got better and worse: no more is said than runs can tell."""

from __future__ import annotations

import itertools
import math
import random
import re
from pathlib import Path

import pytest

import gilscope
from gilscope.analysis.difference import (
    LEVEL,
    Basis,
    Outcome,
    by_chance,
    difference,
    least_probability,
)
from gilscope.analysis.figures import (
    FigureKind,
    RunFigures,
    Subject,
    figures_of,
    file_of_subject,
)
from gilscope.report.difference import console, sentences
from gilscope.report.difference.json_ import to_dict
from gilscope.report.difference.verdicts import RunVerdict, Side
from support.prose import text_of
from support.randomtraces import write_trace

WALL = Subject(FigureKind.RUN, "wall")
WAITED = Subject(FigureKind.RUN, "waited")
HELD = Subject(FigureKind.RUN, "held")
PARSE = Subject(FigureKind.BLAME, "parse", "shop/app.py")


def run_of(wall_s: float, waited_s: float, *, ended: bool = True) -> RunFigures:
    seconds = {WALL: wall_s, WAITED: waited_s, HELD: wall_s / 2, PARSE: waited_s}
    return RunFigures(
        "app.py", "3.11.7", wall_s, ended, is_partial=False, has_gil=True, seconds=seconds
    )


BEFORE = [run_of(10 + n / 10, 5 + n / 10) for n in range(4)]
NOW = [run_of(8 + n / 10, 2 + n / 10) for n in range(4)]


def outcomes(before: list[RunFigures], now: list[RunFigures]) -> dict[Subject, Outcome]:
    return {each.subject: each.outcome for each in difference(before, now).changes}


def test_better_and_worse() -> None:
    assert outcomes(BEFORE, NOW) == {
        WALL: Outcome.BETTER,
        WAITED: Outcome.BETTER,
        HELD: Outcome.CHANGED,
        PARSE: Outcome.BETTER,
    }
    assert outcomes(NOW, BEFORE)[PARSE] is Outcome.WORSE


def test_one_run_and_few_runs_tell_nothing() -> None:
    assert set(outcomes(BEFORE[:1], NOW[:1]).values()) == {Outcome.ONE_RUN}
    assert set(outcomes(BEFORE[:1], NOW).values()) == {Outcome.ONE_RUN}
    assert set(outcomes(BEFORE[:3], NOW[:3]).values()) == {Outcome.TOO_FEW_RUNS}
    assert least_probability(4, 4) <= LEVEL < least_probability(3, 3)
    assert sentences.ENOUGH_RUNS == 4


def test_runs_that_differ_as_much_among_themselves() -> None:
    assert set(outcomes(BEFORE, BEFORE[::-1]).values()) == {Outcome.NO_DIFFERENCE}


def test_by_chance_is_what_chance_does() -> None:
    """Against all ways to deal the values out, counted by hand."""
    before, now = [1.0, 2.0, 4.0, 7.0], [3.0, 8.0, 9.0, 10.0]
    ranks = range(1, 9)
    seen = abs(sum([3, 6, 7, 8]) - 18)
    sums = [sum(some) for some in itertools.combinations(ranks, 4)]
    assert by_chance(before, now) == sum(abs(each - 18) >= seen for each in sums) / 70
    assert by_chance([1, 2, 3, 4], [5, 6, 7, 8]) == 2 / math.comb(8, 4)
    assert by_chance([1.0] * 4, [1.0] * 4) == 1


def test_many_runs_use_an_approximation_that_is_near() -> None:
    chance = random.Random(1)
    one = [chance.gauss(10, 1) for _ in range(12)]
    other = [chance.gauss(10.8, 1) for _ in range(12)]
    count, more = 20_000, 0
    values = [*one, *other]
    ranks = {value: place for place, value in enumerate(sorted(values), 1)}
    seen = abs(sum(ranks[v] for v in other) - 150)
    for _ in range(count):
        some = chance.sample(values, 12)
        more += abs(sum(ranks[v] for v in some) - 150) >= seen
    assert by_chance(one, other) == pytest.approx(more / count, abs=0.01)


def test_errors_are_as_rare_as_promised() -> None:
    """Where nothing has changed, at most one figure in twenty looks as if it had."""
    chance = random.Random(2)
    found = [
        by_chance([chance.random() for _ in range(5)], [chance.random() for _ in range(5)]) <= LEVEL
        for _ in range(2000)
    ]
    assert sum(found) / len(found) < LEVEL + 0.015


def test_sums_of_runs_that_were_cut_off_are_by_the_second() -> None:
    short = [run_of(1.0, 0.5, ended=False) for _ in range(4)]
    long = [run_of(10.0, 5.0, ended=False) for _ in range(4)]
    found = difference(short, long)
    assert found.basis is Basis.SECOND
    changes = {each.subject: each for each in found.changes}
    assert changes[WAITED].outcome is Outcome.NO_DIFFERENCE
    assert changes[WAITED].before == changes[WAITED].now == (0.5,) * 4
    assert changes[WALL].now == (10.0,) * 4
    assert any("by the second" in each for each in sentences.notes(found))


def test_files_are_the_same_in_two_checkouts_and_two_pythons() -> None:
    assert file_of_subject("/home/me/old/shop/app.py") == "shop/app.py"
    assert file_of_subject("/srv/new/shop/app.py") == "shop/app.py"
    libraries = ("/usr/lib/python3.11", "/opt/lib/python3.13t", "/opt/lib/python3.14")
    assert {file_of_subject(f"{each}/threading.py") for each in libraries} == {
        "python/threading.py"
    }
    assert file_of_subject("/usr/lib/python3.11/json/decoder.py") == "json/decoder.py"
    assert file_of_subject("<frozen importlib._bootstrap>") == "<frozen importlib._bootstrap>"


def test_figures_of_a_trace(tmp_path: Path) -> None:
    from gilscope.analysis import analyze

    write_trace(tmp_path / "app.gil", 1)
    with gilscope.load(tmp_path / "app.gil") as trace:
        figures, analysis = figures_of([trace]), analyze(trace)
    assert figures.seconds[WAITED] == analysis.gil.wait_s
    assert figures.seconds[HELD] == pytest.approx(sum(row.hold_s for row in analysis.threads))
    blame = sum(s for subject, s in figures.seconds.items() if subject.kind is FigureKind.BLAME)
    assert blame == pytest.approx(sum(row.caused_wait_s for row in analysis.blame))
    threads = Subject(FigureKind.THREADS, "worker-#")
    assert figures.seconds[threads] == pytest.approx(analysis.gil.wait_s)
    assert not figures.ended


@pytest.mark.parametrize("width", [60, 80, 120])
def test_the_screen(width: int) -> None:
    text = [each.plain for each in console.render(difference(BEFORE, NOW), ["a"], ["b"], width)]
    assert all(len(line) <= width for line in text)
    page = "\n".join(text)
    assert "Of 3 figures, 3 better." in page
    assert "-2.0 s" in page
    assert "parse" in page
    one = difference(BEFORE[:1], NOW[:1])
    page = " ".join(each.plain for each in console.render(one, ["a"], ["b"], width))
    assert "may be" in page
    assert "better" not in page


def side_of(files: str) -> Side:
    verdict = RunVerdict("cpu-bound", "", "Threads take turns.", "They wait.", {})
    return Side(tuple(files), (verdict,) * len(files))


def test_json_is_plain() -> None:
    found = to_dict(difference(BEFORE, NOW), side_of("abcd"), side_of("efgh"))
    assert found["before"][0]["verdict"]["kind"] == "cpu-bound"
    assert [each["file"] for each in found["now"]] == list("efgh")
    (parse,) = [each for each in found["changes"] if each["name"] == "parse"]
    assert parse["before_median_s"] == pytest.approx(5.15)
    assert parse["probability"] == pytest.approx(2 / 70)
    assert parse["outcome"] == "better"


def test_documentation_lists_every_name() -> None:
    page = text_of(Path("docs/reference/difference-json.md"))
    documented = set(re.findall(r"^\| `([\w.\[\]]+)` \|", page, re.MULTILINE))
    found = to_dict(difference(BEFORE, NOW), side_of("abcd"), side_of("efgh"))
    names = set()
    for key, value in found.items():
        rows = value if isinstance(value, list) else []
        inside = {
            f"{key}[].{name}{'[]' if isinstance(each, list) else ''}"
            for row in rows
            if isinstance(row, dict)
            for name, each in row.items()
        }
        names |= inside or {f"{key}[]" if isinstance(value, list) else key}
    assert names == documented
