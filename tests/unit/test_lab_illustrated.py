"""What a page draws of an experiment is what was measured, and said to be unclear where it is."""

from __future__ import annotations

import time
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gilscope.lab.fibonacci import lanes, work
from gilscope.lab.fibonacci.turns import THREADS
from gilscope.lab.kit.code import code_of
from gilscope.lab.kit.machine import Load
from gilscope.lab.kit.model import Shows, Step
from gilscope.lab.kit.pictures import Curve, Curves, Point, Unit, Walk
from gilscope.lab.race import illustrated as race
from gilscope.lab.race import program
from gilscope.lab.refcount import illustrated as refcount
from gilscope.lab.refcount import walk
from gilscope.lab.switch import illustrated as switch
from gilscope.lab.switch.beside import Beside
from gilscope.report.lab.html.plot import plot
from support.htmltext import Parsed

if TYPE_CHECKING:
    from gilscope.lab.kit.pictures import Question

STEP = Step("title", did="did", saw="saw", means="means")
IDLE = Load(2, 1.0, 0.0)


# Reference counts


@pytest.mark.parametrize("notebook", [walk.walk(), walk.walk_cycle()[0]], ids=["walk", "cycle"])
def test_what_refers_to_the_object_adds_up_to_its_count(notebook: walk.Notebook) -> None:
    """On whatever Python this is: with arguments that are lent, with `getrefcount`'s own or not."""
    for stop in refcount.stops(notebook.moments):
        assert stop.others in {"", "getrefcount itself"}
        if stop.count is not None:
            assert stop.count == len(stop.references) + bool(stop.others)
        if stop.freed:
            assert stop.references == stop.uncounted == ()


def test_references_that_nobody_named_are_told() -> None:
    moments = [
        walk.Moment(("a",), "one name", 2, False, ("thing",)),  # noqa: FBT003
        walk.Moment(("b",), "one name", 9, False, ("thing",)),  # noqa: FBT003
    ]
    assert [each.others for each in refcount.stops(moments)] == [
        "getrefcount itself",
        "+8 beyond these",
    ]


def test_an_argument_that_is_lent_is_not_counted() -> None:
    moments = [
        walk.Moment(("a",), "one name", 1, False, ("thing",)),  # noqa: FBT003
        walk.Moment(("b",), "inside", 1, False, ("thing", walk.ARGUMENT)),  # noqa: FBT003
    ]
    (_, inside) = refcount.stops(moments)
    assert (inside.references, inside.uncounted) == (("thing",), (walk.ARGUMENT,))


def test_the_code_of_a_walk_is_all_that_ran() -> None:
    notebook = walk.walk()
    step = refcount.comings_and_goings(STEP, notebook)
    (picture,) = step.pictures
    assert isinstance(picture, Walk)
    assert step.code is not None
    assert list(step.code.lines) == [line for stop in picture.stops for line in stop.code]
    assert chosen(step.question) == "3"


# Questions


def chosen(question: Question | None) -> str | None:
    assert question is not None
    return None if question.right is None else question.answers[question.right]


@pytest.mark.parametrize(
    ("lost", "answer"), [(0, "none"), (1, "some, less than 1 %"), (10, "1 % or more")]
)
def test_how_many_are_lost(lost: int, answer: str) -> None:
    found = {"call": {"updates": 1000, "lost": lost}}
    assert chosen(race.counted(STEP, found).question) == answer


@pytest.mark.parametrize(
    ("late_s", "answer"),
    [
        (0.00005, "about 0.1 ms"),
        (0.0052, "about 5 ms"),
        (0.3, "about 20 ms"),
        (0.0, "about 0.1 ms"),
    ],
)
def test_how_late_a_sleeper_is(late_s: float, answer: str) -> None:
    beside = Beside(0.005, late_s, late_s, 10, 1.0)
    assert chosen(switch.late(STEP, beside).question) == answer


@pytest.mark.parametrize(
    ("times", "answer"),
    [
        (1.0, "as late as before"),
        (5.0, "later, but less than ten times"),
        (10.0, "ten times as late, or more"),
    ],
)
def test_how_much_later_with_longer_turns(times: float, answer: str) -> None:
    rows = [Beside(0.001, 0.01, 0.02, 9, 0.9), Beside(0.1, 0.01 * times, 0.5, 9, 0.99)]
    step = switch.latency(STEP, rows)
    assert chosen(step.question) == answer
    (picture,) = step.pictures
    assert isinstance(picture, Curves)
    assert [[each.y for each in curve.points] for curve in picture.curves] == [
        [row.late_s for row in rows],
        [row.longest_s for row in rows],
    ]


# The code


def test_code_is_without_what_is_for_our_tools() -> None:
    lines = code_of("the function", program.add).lines
    assert lines[1] == "    global counter"
    assert not [line for line in lines if "noqa" in line or "type: ignore" in line]
    compile("\n".join(lines), "copied", "exec")


# Workers over time


def test_a_worker_that_has_a_core_says_so() -> None:
    start_ns = time.perf_counter_ns()
    shares = work.compute_until((start_ns, start_ns + 40_000_000, 8))
    assert len(shares) == 8
    assert all(0.0 <= each <= 1.0 + 1e-9 for each in shares)
    assert max(shares) > 0.0


def test_a_worker_that_comes_too_late_has_nothing_to_say() -> None:
    assert work.compute_until((0, 1, 8)) == []
    found = lanes.shown([[1.0], []], "processes", "here", IDLE)
    assert found.tracks == ()
    assert "Not all processes took part" in found.said


def test_lanes_of_workers() -> None:
    shares = [[1.0, 0.5, 0.1, 0.0]] * THREADS
    found = lanes.shown(shares, "processes", "here", IDLE)
    (tracks,) = found.tracks
    assert tracks.shows is Shows.CORE
    assert [row.cells for row in tracks.rows] == ["#+.."] * THREADS
    assert tracks.rows[0].shares == (1.0, 0.5, 0.1, 0.0)
    assert "four processes ran on 1.6 cores at a time" in found.said


# Curves


@pytest.mark.parametrize("last", [(0.0, 0.0, 0.0), (1.0, 1.0, 1.0), (0.5, 0.51, 1.0)])
def test_values_at_the_ends_of_curves_do_not_lie_on_each_other(last: tuple[float, ...]) -> None:
    curves = tuple(
        Curve(f"curve {number}", (Point(1, 1.0, "1 x"), Point(2, y, f"{y} x")))
        for number, y in enumerate(last)
    )
    shown = Curves("h", "x", "y", Unit.TIMES, curves, ((1, "1"), (2, "2")))
    ends = Parsed(plot(shown)).of("text", class_="end-value")
    heights = sorted(float(each.attributes["y"] or 0) for each in ends)
    assert len(heights) == 3
    assert all(below - above >= 16 for above, below in pairwise(heights))
    assert heights[-1] < 320 - 45


VALUES = st.floats(1e-9, 1e6)


@given(st.lists(VALUES, min_size=2, max_size=5), st.booleans())
def test_every_point_is_inside_of_the_picture(values: list[float], is_log_y: bool) -> None:  # noqa: FBT001
    points = tuple(Point(2.0**i, y, "shown") for i, y in enumerate(values))
    ticks = tuple((point.x, "x") for point in points)
    shown = Curves("h", "x", "y", Unit.SECONDS, (Curve("one", points),), ticks, is_log_y)
    made = Parsed(plot(shown))
    circles = made.of("circle")[: len(points)]
    assert len(circles) == len(points)
    for each in circles:
        assert 60 <= float(each.attributes["cx"] or 0) <= 520 - 60
        assert 20 <= float(each.attributes["cy"] or 0) <= 320 - 40
    heights = [float(each.attributes["cy"] or 0) for each in circles]
    rising = sorted(zip(values, heights, strict=True))
    assert [y for _, y in rising] == sorted((y for _, y in rising), reverse=True)
