"""Break-even, intervals, rows and the recommendation follow from the samples."""

from __future__ import annotations

import math
import random
from dataclasses import replace
from statistics import median
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gilscope.compare import break_even, regression
from gilscope.compare.decision import decide
from gilscope.compare.estimates import Estimate, estimate
from gilscope.compare.loop import Samples
from gilscope.compare.model import Comparison, DecisionKind, NoteKind, Outcome, Row
from gilscope.compare.notes import notes
from gilscope.compare.plan import Contender, contenders, worker_counts
from gilscope.compare.rows import make_row
from gilscope.errors import GilscopeError
from gilscope.pythons.description import Python

HERE = Python("/usr/bin/python3", (3, 11, 2), free_threaded=False)
FREE = Python("/opt/python3.14t", (3, 14, 0), free_threaded=True, has_interpreters=True)


def exactly(value: float) -> Estimate:
    return Estimate(value, value, value, value, value, 7)


def row(strategy: str, speed: float, **changes: Any) -> Row:
    base = Row(
        strategy,
        changes.pop("workers", 2),
        "",
        Outcome.MEASURED,
        wall=exactly(1 / speed),
        speedup=exactly(speed),
        against_default=exactly(speed),
        significant=speed != 1,
    )
    return replace(base, **changes)


SERIAL = row("serial", 1.0, workers=1)


# --- break-even ---------------------------------------------------------------------------------


@given(
    gain=st.floats(1.2, 8),
    idle_s=st.floats(1e-5, 1e-2),
    tasks=st.integers(1, 50),
    startup_s=st.floats(0, 1),
)
def test_break_even_is_where_both_take_the_same(
    gain: float, idle_s: float, tasks: int, startup_s: float
) -> None:
    """Against the model it inverts: the batch's time under the strategy, and serially."""
    measured_task_s = 1.0

    def strategy_s(task_s: float) -> float:
        return idle_s + tasks * task_s / gain

    found_s = break_even.task_s(
        serial_s=tasks * measured_task_s,
        wall_s=strategy_s(measured_task_s),
        idle_s=idle_s,
        tasks=tasks,
        at_once=8,
        startup_s=startup_s,
    )
    assert found_s is not None
    assert startup_s + strategy_s(found_s) == pytest.approx(tasks * found_s)


def test_what_gains_nothing_never_pays() -> None:
    common: dict[str, Any] = {"serial_s": 1.0, "idle_s": 0.001, "tasks": 8, "at_once": 2}
    assert break_even.task_s(**common, wall_s=1.02) is None
    assert break_even.task_s(**common, wall_s=0.99) is None
    assert break_even.task_s(**common, wall_s=0.6) is not None


def test_tasks_too_short_to_tell() -> None:
    assert break_even.task_s(serial_s=0.001, wall_s=0.01, idle_s=0.01, tasks=8, at_once=2) is None


# --- intervals ----------------------------------------------------------------------------------


def test_the_interval_holds_the_median_as_often_as_it_says() -> None:
    """Of distributions that are skewed and have outliers, as times are."""
    chance = random.Random(1)
    true_median = math.exp(0)
    for count in (6, 7, 9, 15):
        hits = 0
        for _ in range(2_000):
            found = estimate([math.exp(chance.gauss(0, 1)) for _ in range(count)])
            hits += found.low <= true_median <= found.high
        assert hits / 2_000 > 0.94, count


@given(st.lists(st.floats(0.1, 10), min_size=1, max_size=30))
def test_the_interval_contains_the_median(values: list[float]) -> None:
    found = estimate(values)
    assert found.least <= found.low <= found.median <= found.high <= found.most
    assert found.median == median(values)


# --- rows ---------------------------------------------------------------------------------------


def samples(strategy: str, walls_ms: list[float], **changes: Any) -> Samples:
    made = Samples(Contender(strategy, 2, changes.pop("python", HERE)))
    made.wall_ns = [wall * 1e6 for wall in walls_ms]
    made.cpu_ns = made.wall_ns
    made.spread = [1.0] * len(walls_ms)
    made.idle_ns = [1e5] * len(walls_ms)
    made.startup_ns, made.arrived = 5e6, 2
    for name, value in changes.items():
        setattr(made, name, value)
    return made


def test_speedup_is_of_the_same_round() -> None:
    """The machine was at half its speed in the last rounds: that changes no ratio."""
    serial = samples("serial", [100, 100, 100, 200, 200, 200])
    threads = samples("threads", [50, 50, 50, 100, 100, 100])
    made = make_row(threads, serial, serial, tasks=4)
    assert made.speedup == exactly(2.0).__class__(2.0, 2.0, 2.0, 2.0, 2.0, 6)
    assert made.significant
    assert made.efficiency == 1.0
    assert made.throughput_per_s == pytest.approx(4 / 0.075)


def test_a_cluster_is_compared_with_the_serial_run_that_it_took_turns_with() -> None:
    first, second = samples("serial", [100] * 7), samples("serial", [200] * 7)
    made = make_row(samples("ray", [100] * 7), second, first, tasks=4)
    assert made.speedup == made.against_default
    assert made.speedup is not None
    assert made.speedup.median == 2.0


def test_no_significant_difference() -> None:
    serial = samples("serial", [100] * 7)
    made = make_row(samples("threads", [99, 101, 98, 102, 100, 97, 103]), serial, serial, tasks=4)
    assert not made.significant


def test_a_failed_strategy_keeps_its_reason() -> None:
    serial = samples("serial", [100] * 7)
    broken = samples("ray", [], outcome=Outcome.MISSING, reason="no module", add="pip install ray")
    made = make_row(broken, serial, serial, tasks=4)
    assert (made.available, made.reason, made.add) == (False, "no module", "pip install ray")
    assert made.wall is None


# --- notes --------------------------------------------------------------------------------------


def kinds(*found: Samples, tasks: int = 4) -> list[NoteKind]:
    rows = [make_row(each, found[0], found[0], tasks) for each in found]
    return [each.kind for each in notes(found, rows, tasks)]


def test_a_noisy_machine_is_named() -> None:
    assert kinds(samples("serial", [100, 101, 102, 100, 99, 101, 100])) == []
    assert kinds(samples("serial", [100, 150, 80, 200, 99, 130, 100])) == [NoteKind.NOISY]
    kept = samples("serial", [100] * 7, incomparable="they cannot be pickled")
    assert kinds(kept) == [NoteKind.RESULTS_NOT_COMPARED]


def test_a_free_threaded_python_with_a_gil_is_named() -> None:
    serial = samples("serial", [100] * 7)
    assert kinds(serial, samples("free-threaded", [50] * 7, python=FREE, gil=False)) == []
    on = samples("free-threaded", [90] * 7, python=FREE)
    assert kinds(serial, on) == [NoteKind.GIL_SWITCHED_ON]


def test_a_serial_run_that_is_not_serial_is_named() -> None:
    """By the cores that it kept busy; or, where others wanted these, by its threads."""
    assert kinds(samples("serial", [100] * 7)) == []
    busy = samples("serial", [100] * 7, cpu_ns=[190e6] * 7, spread=[2.0] * 7)
    assert kinds(busy) == [NoteKind.SERIAL_IS_PARALLEL]
    crowded_out = samples("serial", [100] * 7, cpu_ns=[35e6] * 7, spread=[2.0] * 7)
    assert kinds(crowded_out) == [NoteKind.SERIAL_IS_PARALLEL]
    in_other_processes = samples("serial", [100] * 7, cpu_ns=[190e6] * 7)
    assert kinds(in_other_processes) == [NoteKind.SERIAL_IS_PARALLEL]


def test_tasks_below_any_strategy_are_named() -> None:
    """Sending a task takes 0.1 ms / 4: with two workers nothing below 50 µs can gain."""
    threads = samples("threads", [100] * 7)
    assert kinds(samples("serial", [0.19] * 7), threads) == [NoteKind.TASKS_TOO_SMALL]
    assert kinds(samples("serial", [0.21] * 7), threads) == []


# --- the plan -----------------------------------------------------------------------------------


def test_workers_double_up_to_the_cores() -> None:
    assert worker_counts(1) == [1]
    assert worker_counts(2) == [1, 2]
    assert worker_counts(6) == [1, 2, 4, 6]


def test_the_plan_begins_with_serial_and_has_every_strategy() -> None:
    plan = contenders(HERE, [FREE], [1, 2], [], {})
    assert plan[0].is_reference
    names = [each.strategy for each in plan if each.is_default]
    assert names.count("serial") == 1
    assert names.count("processes-fork") == 2
    other = [each.strategy for each in plan if not each.is_default]
    assert other == ["serial", *["free-threaded"] * 2, *["interpreters"] * 2]
    only = contenders(HERE, [FREE], [2], ["threads"], {})
    assert [each.strategy for each in only] == ["serial", "threads"]
    with pytest.raises(GilscopeError, match="no such strategy: thread"):
        contenders(HERE, [], [1], ["thread"], {})


# --- the decision -------------------------------------------------------------------------------


def between(low: float, high: float, strategy: str = "threads", **changes: Any) -> Row:
    middle = (low + high) / 2
    ratio = Estimate(middle, low, high, low, high, changes.pop("rounds", 7))
    return row(strategy, middle, speedup=ratio, against_default=ratio, **changes)


FAST = between(1.8, 2.0)
SLOW = between(0.5, 0.9, "asyncio")
NOISY = between(0.7, 1.6, "loky")


@pytest.mark.parametrize(
    ("rows", "kind"),
    [
        ([], DecisionKind.NOTHING),
        ([SLOW], DecisionKind.SERIAL),
        ([between(1.01, 1.09)], DecisionKind.SERIAL),
        ([FAST, SLOW, NOISY], DecisionKind.FASTER),
        ([NOISY], DecisionKind.UNKNOWN),
        ([NOISY, SLOW], DecisionKind.UNKNOWN),
        ([between(1.05, 1.3)], DecisionKind.UNKNOWN),
        ([between(1.8, 1.8, rounds=1)], DecisionKind.UNKNOWN),
        ([between(0.5, 0.5, rounds=5)], DecisionKind.UNKNOWN),
        ([replace(FAST, python="3.14")], DecisionKind.NOTHING),
    ],
)
def test_the_intervals_decide(rows: list[Row], kind: DecisionKind) -> None:
    assert decide([SERIAL, *rows]).kind is kind


@given(st.lists(st.tuples(st.floats(0.1, 4), st.floats(0, 2)), max_size=6))
def test_the_conclusion_says_no_more_than_the_intervals(ends: list[tuple[float, float]]) -> None:
    rows = [between(low, low + width) for low, width in ends]
    found = decide([SERIAL, *rows])
    ratios = [each.against_default for each in rows if each.against_default]
    above = [each for each in ratios if each.low >= found.threshold]
    below = [each for each in ratios if each.high < found.threshold]
    assert (found.kind is DecisionKind.FASTER) == bool(above)
    assert (found.kind is DecisionKind.SERIAL) == (bool(rows) and len(below) == len(rows))
    assert all(each.against_default in above for each in found.leaders)
    assert not {id(each.against_default) for each in found.undecided} & {
        *map(id, above), *map(id, below)
    }  # fmt: skip


def test_the_simplest_of_those_that_cannot_be_told_apart_comes_first() -> None:
    fastest = between(1.9, 2.1, "processes-fork")
    assert decide([SERIAL, fastest, FAST]).leaders == (FAST, fastest)
    slower = between(1.4, 1.5)
    assert decide([SERIAL, slower, fastest]).leaders == (fastest,)


def test_what_may_be_the_best_is_named_and_what_cannot_be_is_not() -> None:
    might, cannot = between(1.0, 1.9, "loky"), between(1.0, 1.7, "dask")
    assert decide([SERIAL, FAST, might, cannot]).undecided == (might,)


def test_what_failed_is_not_judged() -> None:
    failed = Row("ray", 2, "", Outcome.CRASHED, "gone")
    wrong = Row("loky", 2, "", Outcome.MISMATCH, "other results")
    missing = Row("dask", 2, "", Outcome.MISSING, "no dask")
    found = decide([SERIAL, SLOW, failed, wrong, missing])
    assert (found.kind, found.failed, found.wrong) == (DecisionKind.SERIAL, (failed,), (wrong,))


def test_what_is_only_slower_is_never_recommended() -> None:
    slow_elsewhere = replace(row("threads", 0.9), python="3.14", against_default=exactly(1.2))
    faster_python = replace(
        row("serial", 1.0, workers=1), python="3.14", against_default=exactly(1.3)
    )
    assert decide([SERIAL, faster_python, slow_elsewhere]).elsewhere == faster_python
    assert decide([SERIAL, slow_elsewhere]).elsewhere is None
    assert decide([SERIAL, FAST, faster_python]).elsewhere is None


# --- regressions --------------------------------------------------------------------------------


def comparison(*rows: Row) -> Comparison:
    return Comparison("f.py:f", "", "", 8, 2, "3.11", 7, rows, decide(rows))


def test_a_regression_is_certain_and_beyond_the_threshold() -> None:
    before = comparison(SERIAL, row("threads", 2.0))
    (_, same) = regression.changes(before, comparison(SERIAL, row("threads", 2.0)))
    assert not same.is_regression(0.1)
    (_, slower) = regression.changes(before, comparison(SERIAL, row("threads", 1.0)))
    assert slower.ratio == 2.0
    assert slower.is_regression(0.1)
    assert not slower.is_regression(1.5)
    noisy = replace(row("threads", 1.0), wall=Estimate(1.0, 0.4, 2.0, 0.4, 2.0, 7))
    (_, unsure) = regression.changes(before, comparison(SERIAL, noisy))
    assert not unsure.is_regression(0.1)
    (_, lost) = regression.changes(before, comparison(SERIAL))
    assert lost.is_regression(0.1)
    assert lost.lost == "not measured"
