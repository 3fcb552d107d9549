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
from gilscope.compare.estimates import Estimate, estimate
from gilscope.compare.loop import Samples
from gilscope.compare.model import Comparison, GilCost, Outcome, Row
from gilscope.compare.plan import Contender, contenders, worker_counts
from gilscope.compare.recommend import recommend
from gilscope.compare.rows import make_row, warnings
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


def test_a_noisy_machine_is_named() -> None:
    assert warnings([samples("serial", [100, 101, 102, 100, 99, 101, 100])]) == ()
    (warning,) = warnings([samples("serial", [100, 150, 80, 200, 99, 130, 100])])
    assert "noisy machine" in warning
    (warning,) = warnings([samples("serial", [100] * 7, incomparable="they cannot be pickled")])
    assert "cannot be pickled" in warning


def test_a_free_threaded_python_with_a_gil_is_named() -> None:
    serial = samples("serial", [100] * 7)
    assert warnings([serial, samples("free-threaded", [50] * 7, python=FREE, gil=False)]) == ()
    (warning,) = warnings([serial, samples("free-threaded", [90] * 7, python=FREE)])
    assert "with a GIL" in warning


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


# --- the recommendation -------------------------------------------------------------------------


def test_the_simplest_of_the_fastest_is_recommended() -> None:
    near = replace(row("threads", 1.9), against_default=Estimate(1.9, 1.8, 2.0, 1.8, 2.0, 7))
    fastest = replace(
        row("processes-fork", 1.95), against_default=Estimate(1.95, 1.9, 2.1, 1.9, 2.1, 7)
    )
    assert recommend([SERIAL, near, fastest]).startswith("Use threads with 2 workers: 1.90 times")
    slower = replace(near, against_default=exactly(1.5), speedup=exactly(1.5))
    assert recommend([SERIAL, slower, fastest]).startswith("Use processes-fork with 2 workers")


def test_nothing_gains() -> None:
    gil = GilCost(0.5, 0.9, 0.99, "fib.py:5", "cpu-bound")
    text = recommend([SERIAL, row("threads", 0.97, gil=gil)])
    assert text.startswith("Keep it serial")
    assert "fib.py:5" in text


def test_what_is_only_slower_is_never_recommended() -> None:
    slow_elsewhere = replace(row("threads", 0.9), python="3.14", against_default=exactly(1.2))
    faster_python = replace(
        row("serial", 1.0, workers=1), python="3.14", against_default=exactly(1.3)
    )
    text = recommend([SERIAL, faster_python, slow_elsewhere])
    assert "Serial in Python 3.14 ran 1.30 times as fast" in text
    assert "threads" not in text


# --- regressions --------------------------------------------------------------------------------


def comparison(*rows: Row) -> Comparison:
    return Comparison("f.py:f", "", 8, 2, "3.11", 7, rows, "", ())


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
