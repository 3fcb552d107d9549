"""Worse than before, by an interval: as often wrong as promised, and unknown where nobody knows."""

from __future__ import annotations

import itertools
import random
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from gilscope.analysis.difference import LEVEL, Outcome, difference, told_of
from gilscope.analysis.figures import (
    RUN_FIGURES,
    FigureKind,
    RunFigures,
    Subject,
    figures_of,
)
from gilscope.analysis.worse import Least, WhyUnknown, Worse, judge_worse, shift_of
from gilscope.budget.worse import FIGURES
from gilscope.cli import main
from support.differences import write_turns

if TYPE_CHECKING:
    from pathlib import Path

MS = 1_000_000


def run_of(waited_s: float, wall_s: float = 10.0, **changes: object) -> RunFigures:
    seconds = {
        Subject(FigureKind.RUN, "wall"): wall_s,
        Subject(FigureKind.RUN, "waited"): waited_s,
    }
    run = RunFigures("app.py", "3.11", wall_s, True, False, True, seconds=seconds)  # noqa: FBT003
    return replace(run, **changes)  # type: ignore[arg-type]


BEFORE = [run_of(each) for each in (1.0, 1.1, 1.2, 1.3)]
NOW = [run_of(each) for each in (2.0, 2.1, 2.2, 2.3)]


def judged(before: list[RunFigures], now: list[RunFigures], least: Least) -> tuple[Worse, object]:
    found = judge_worse(difference(before, now), least)
    return found.worse, found.why


def test_names_are_those_of_a_difference() -> None:
    assert tuple(each.replace("_", " ") for each in FIGURES) == RUN_FIGURES


def test_the_whole_interval_counts() -> None:
    found = judge_worse(difference(BEFORE, NOW), Least("waited", share=0.1))
    assert found.low_s == pytest.approx(0.7)
    assert found.high_s == pytest.approx(1.3)
    assert found.before_s == pytest.approx(1.15)
    assert found.now_s == pytest.approx(2.15)
    assert found.limit_s == pytest.approx(0.115)
    assert found.worse is Worse.WORSE
    assert judged(BEFORE, NOW, Least("waited", amount_s=0.69))[0] is Worse.WORSE
    assert judged(BEFORE, NOW, Least("waited", amount_s=0.71))[0] is Worse.NOT_SHOWN
    assert judged(NOW, BEFORE, Least("waited"))[0] is Worse.NOT_SHOWN
    assert judged(BEFORE, BEFORE, Least("waited"))[0] is Worse.NOT_SHOWN
    assert judged(BEFORE, NOW, Least("wall"))[0] is Worse.NOT_SHOWN
    assert judged(BEFORE, NOW, Least("gc"))[0] is Worse.NOT_SHOWN  # nobody waited for it at all


def test_one_run_and_few_runs_tell_nothing() -> None:
    least = Least("waited")
    assert judged(BEFORE[:1], NOW[:1], least) == (Worse.UNKNOWN, WhyUnknown.ONE_RUN)
    assert judged(BEFORE, NOW[:1], least) == (Worse.UNKNOWN, WhyUnknown.ONE_RUN)
    assert judged(BEFORE[:3], NOW[:3], least) == (Worse.UNKNOWN, WhyUnknown.TOO_FEW_RUNS)
    assert judged(BEFORE[:3], [*NOW, NOW[0]], least)[0] is Worse.WORSE


@pytest.mark.parametrize(
    ("change", "least", "why"),
    [
        ({"is_complete": False}, Least("wall"), WhyUnknown.LOST),
        ({"has_gil": False}, Least("waited"), WhyUnknown.NO_GIL),
        ({"is_partial": True}, Least("stalled"), WhyUnknown.END_ONLY),
        ({"ended": False}, Least("waited", amount_s=0.1), WhyUnknown.CUT_OFF),
        ({"ended": False}, Least("wall", share=0.1), WhyUnknown.CUT_OFF),
    ],
)
def test_what_nobody_knows(change: dict[str, bool], least: Least, why: WhyUnknown) -> None:
    now = [*NOW[:3], replace(NOW[3], **change)]  # type: ignore[arg-type]
    assert judged(BEFORE, now, least) == (Worse.UNKNOWN, why)


def test_runs_that_were_cut_off_are_compared_by_the_second() -> None:
    """Twice as long, twice as much waiting: no more of it."""
    now = [run_of(2 * run.seconds[Subject(FigureKind.RUN, "waited")], 20.0) for run in BEFORE]
    assert judged(BEFORE, now, Least("waited", share=0.1))[0] is Worse.WORSE
    now = [replace(run, ended=False) for run in now]
    assert judged(BEFORE, now, Least("waited", share=0.1))[0] is Worse.NOT_SHOWN


def test_it_is_the_interval_of_the_rank_test() -> None:
    """A shift inside of it is not significant, and one outside of it is."""
    chance = random.Random(1)
    for before_count, now_count in itertools.product((4, 5, 7), repeat=2):
        before = [chance.gauss(10, 1) for _ in range(before_count)]
        now = [chance.gauss(11, 1) for _ in range(now_count)]
        shift = shift_of(before, now)
        assert shift is not None
        for shift_s, outcomes in (
            (shift[0] + 1e-6, {Outcome.NO_DIFFERENCE}),
            (shift[1] - 1e-6, {Outcome.NO_DIFFERENCE}),
            (shift[0] - 1e-6, {Outcome.WORSE}),
            (shift[1] + 1e-6, {Outcome.BETTER}),
        ):
            shifted = [each + shift_s for each in before]
            assert told_of(shifted, now, is_neutral=False)[1] in outcomes


def test_many_runs_have_a_narrower_interval() -> None:
    chance = random.Random(2)
    widths = []
    for count in (4, 8, 40):
        before, now = ([chance.gauss(10, 1) for _ in range(count)] for _ in range(2))
        shift = shift_of(before, now)
        assert shift is not None
        widths.append(shift[1] - shift[0])
    assert widths == sorted(widths, reverse=True)


def test_errors_are_as_rare_as_promised() -> None:
    """Of the same program: at most one in forty fails, and a twice as bad one nearly always."""
    chance = random.Random(3)
    wrong = right = 0
    rounds = 2000
    for _ in range(rounds):
        before, same = ([chance.gauss(10, 1) for _ in range(5)] for _ in range(2))
        shift, larger = shift_of(before, same), shift_of(before, [2 * each for each in same])
        assert shift is not None
        assert larger is not None
        wrong += shift[0] > 0
        right += larger[0] > 1
    assert wrong / rounds < LEVEL / 2 + 0.01
    assert right / rounds > 0.99


def test_the_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    names: dict[str, list[str]] = {"old": [], "new": []}
    for side, length in (("old", 20 * MS), ("new", 40 * MS)):
        for run in range(4):
            path = tmp_path / f"{side}{run}.gil"
            write_turns(path, 3, {"parse": length + run * MS, "check": length}, "/home/me")
            names[side].append(str(path))
    limit = ["--fail-if-worse", "wall > 10%"]
    compare = ["report", *names["new"], "--against", *names["old"]]
    assert main([*compare, *limit]) == 4
    assert "Worse than before: wall > 10%" in capsys.readouterr().out
    assert main([*compare, "--fail-if-worse", "wall > 900%"]) == 0
    assert main(["report", *names["old"], "--against", *names["new"], *limit]) == 0
    assert main(["report", names["new"][0], "--against", names["old"][0], *limit]) == 5
    assert "one run of a side does not tell" in " ".join(capsys.readouterr().out.split())
    assert main([*compare, *limit, "--json"]) == 4
    assert '"fail_if_worse": {' in capsys.readouterr().out
    page = tmp_path / "x.html"
    assert main([*compare, *limit, "-o", str(page)]) == 4
    assert "Worse than before" in capsys.readouterr().err
    assert page.exists()
    for words, message in (
        ([*compare, "--fail-if-worse", "waitd > 1%"], "did you mean: waited"),
        ([*compare, "--fail-if", "wall_s > 1"], "--fail-if is about one run"),
        (["report", names["new"][0], *limit], "--fail-if-worse compares runs"),
    ):
        assert main(words) == 2
        assert message in capsys.readouterr().err


def test_traces_without_an_end_are_not_complete(tmp_path: Path) -> None:
    import gilscope

    path = tmp_path / "x.gil"
    write_turns(path, 3, {"parse": 20 * MS}, "/home/me")
    assert figures_of([gilscope.load(path)]).is_complete
    cut = tmp_path / "cut.gil"
    written = path.read_bytes()
    cut.write_bytes(written[: written.index(b"end_reason")])
    assert not figures_of([gilscope.load(cut)]).is_complete
