"""`gilscope lab refcount`: counts that add up, ways that lose nothing, words that fit the figures.

Never a time: only what is lost, what is freed, and what refers to what.
"""

from __future__ import annotations

import gc
import json
import os
import re
import sys
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, get_args

import pytest

from gilscope import _refcount
from gilscope.lab.refcount import costs, experiment, measure, walk, walked

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gilscope.lab.kit.model import Experiment, Step
    from gilscope.lab.refcount.measure import Way

WAYS: tuple[Way, ...] = get_args(measure.Way)
EXACT = [way for way in WAYS if way != "plain"]
several_cores = pytest.mark.skipif(
    len(os.sched_getaffinity(0)) < 2, reason="on one core threads seldom meet"
)


@pytest.fixture(params=[True, False], ids=["gc-on", "gc-off"])
def collector(request: pytest.FixtureRequest) -> Iterator[bool]:
    """The garbage collector enabled or disabled, and as it was after the test."""
    enabled = gc.isenabled()
    (gc.enable if request.param else gc.disable)()
    yield request.param
    (gc.enable if enabled else gc.disable)()


@pytest.fixture(scope="module")
def measured() -> measure.Measured:
    return measure.measure(lambda _: None, updates=40_000, price_ns=100_000)


# The walk


def counts() -> dict[str, int]:
    return {m.what: m.count for m in walk.walk().moments if m.count is not None}


def test_counts_follow_the_references() -> None:
    moments = walk.walk().moments
    changes = {
        "; ".join(after.code): after.count - before.count
        for before, after in pairwise(moments)
        if after.count is not None and before.count is not None
    }
    assert changes["watch = weakref.ref(thing, notebook.hear)"] == 0
    assert changes["other = thing"] == 1
    assert changes["shelf = [thing, thing, thing]"] == 3
    assert changes['by_key = {"it": thing}'] == 1
    assert changes["recall = remember(thing)"] == 1
    assert changes["inside = count_inside(thing)"] in {0, 1}
    assert changes["del recall"] == changes["by_key.clear()"] == changes["shelf.pop()"] == -1
    assert changes["shelf.clear()"] == -2
    assert changes["del other"] == -1


def test_a_single_name_is_the_same_at_both_ends() -> None:
    found = counts()
    assert found["one name"] == found["one name again"]
    assert found["a closure that keeps it"] == found["that function has returned"]


def test_the_object_is_freed_by_the_line_that_removes_the_last_name() -> None:
    notebook = walk.walk()
    assert [moment.freed for moment in notebook.moments[:-1]] == [False] * (
        len(notebook.moments) - 1
    )
    assert notebook.moments[-1].freed
    assert notebook.moments[-1].code == ("del thing",)
    assert notebook.freed_by == "del thing"


def test_the_code_that_is_shown_is_the_code_that_ran() -> None:
    source = Path(walk.__file__).read_text()
    for notebook in (walk.walk(), walk.walk_cycle()[0]):
        for moment in notebook.moments:
            for line in moment.code:
                assert re.search(rf"^ +{re.escape(line)}$", source, re.MULTILINE)


def test_a_cycle_outlives_its_names_until_the_collector_runs(collector: bool) -> None:  # noqa: FBT001
    notebook, found = walk.walk_cycle()
    assert [moment.freed for moment in notebook.moments] == [False, False, True]
    assert "gc.collect()" in notebook.freed_by
    assert found >= 1
    assert gc.isenabled() == collector


def test_immortal_objects_are_told_apart() -> None:
    immortal = {probe.what for probe in walk.probe_all() if probe.immortal}
    expected = {"`None`", "`True`", "the number `1`", "the type `int`"}
    assert immortal == (expected if sys.version_info >= (3, 12) else set())


@pytest.mark.parametrize(
    ("before", "added", "word", "remark"),
    [
        (4, 1000, "counted", ""),
        (3_221_225_472, 0, "immortal", ""),
        (1_000_000_300, 1000, "counted", "thousand million"),
        (1 << 60, 1000, "deferred", "garbage collector only"),
    ],
)
def test_every_kind_of_count_has_its_word(before: int, added: int, word: str, remark: str) -> None:
    step = walked.immortals([walk.Probe("a thing", before, added)])
    assert word in cells(step)
    assert remark in step.saw
    assert ("did not move" in step.saw) == (added == 0)


@pytest.mark.parametrize(("first", "word"), [(1, "lends it"), (2, "of its own"), (5, "4 more")])
def test_what_getrefcount_adds_is_said_as_measured(first: int, word: str) -> None:
    notebook = walk.Notebook()
    notebook.moments = [
        walk.Moment(("a",), "one name", first, freed=False),
        walk.Moment(("b",), "an argument", first, freed=False),
    ]
    assert word in walked.comings_and_goings(notebook).saw


# The native part


@pytest.mark.parametrize("threads", [1, 2, 4])
@pytest.mark.parametrize("pairs", [True, False], ids=["pairs", "increments"])
@pytest.mark.parametrize("way", EXACT)
def test_exact_ways_never_lose_anything(way: Way, pairs: bool, threads: int) -> None:  # noqa: FBT001
    repeat = 25_001  # more than two turns, and no whole number of them
    outcome = _refcount.race(way, threads=threads, repeat=repeat, pairs=pairs)
    assert outcome["count"] == (1 if pairs else 1 + threads * repeat)
    assert outcome["zeroes"] == 0
    assert outcome["first_zero"] == -1
    assert len(outcome["thread_ns"]) == threads


@pytest.mark.parametrize("threads", [1, 2, 4])
def test_strangers_lose_nothing_either(threads: int) -> None:
    outcome = _refcount.race(
        "biased", threads=threads, repeat=20_000, pairs=False, owner_works=False
    )
    assert outcome["count"] == 1 + threads * 20_000


@pytest.mark.parametrize("way", WAYS)
def test_a_single_thread_loses_nothing(way: Way) -> None:
    assert measure.search(way, 1, 100_000).lost == 0
    assert _refcount.race(way, threads=1, repeat=100_000, pairs=True)["count"] == 1


def test_plain_updates_never_gain() -> None:
    for threads in (2, 4):
        assert measure.search("plain", threads, 400_000).lost >= 0


@several_cores
def test_plain_updates_get_lost() -> None:
    """Tried until they are: how soon threads meet is the scheduler's affair."""
    assert any(measure.search("plain", 2, 8_000_000).lost > 0 for _ in range(20))


def test_deaths_are_counted_consistently() -> None:
    seen = measure.kill(2, runs=3, pairs=200_000)
    assert seen.runs == len(seen.counts) == 3
    assert (seen.first_pass is None) == (seen.deadly_runs == 0)
    if seen.first_pass is not None:
        assert 1 <= seen.first_pass <= seen.pairs


@pytest.mark.parametrize(
    ("way", "threads", "repeat", "says"),
    [
        ("sloppy", 1, 1, "no such way: sloppy"),
        ("plain", 0, 1, "threads must be 1 to 64"),
        ("plain", 65, 1, "threads must be"),
        ("plain", 1, -1, "repeat must be 0"),
        ("plain", 1, 2_000_000_000, "repeat must be"),
    ],
)
def test_what_cannot_be_run_is_refused(way: Way, threads: int, repeat: int, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        _refcount.race(way, threads=threads, repeat=repeat, pairs=True)


def test_no_repeats_are_no_updates() -> None:
    for way in WAYS:
        assert _refcount.race(way, threads=3, repeat=0, pairs=True)["count"] == 1


# The words


def cells(step: Step) -> str:
    return repr(step.exhibits)


def lost_of(measured: measure.Measured, lost: int) -> measure.Measured:
    rows = tuple(
        measure.Lost(row.way, row.threads, row.updates, lost if row.way == "plain" else 0)
        for row in measured.lost
    )
    return measure.Measured(
        measured.cores,
        measured.thread_counts,
        rows,
        measured.deaths,
        measured.prices,
        measured.bias,
    )


def test_the_words_follow_the_losses(measured: measure.Measured) -> None:
    some, none = lost_of(measured, 12_345), lost_of(measured, 0)
    assert "12,345 were lost (31 %)" in costs.lost(some).saw
    assert "31 %" in costs.conclusion(some)
    assert "lost nothing this time" in costs.lost(none).saw
    assert "none were this time" in costs.conclusion(none)


@pytest.mark.parametrize(
    ("zeroes", "first", "counts", "words"),
    [
        ((0, 7), 42, (1, -3), ("In 1 of 2 runs", "7 times in all", "pair 42", "from -3 to 1")),
        ((0, 0), None, (1, 1), ("never came down to 0 in 2 runs", "which is right")),
    ],
)
def test_the_words_follow_the_deaths(
    measured: measure.Measured,
    zeroes: tuple[int, ...],
    first: int | None,
    counts: tuple[int, ...],
    words: tuple[str, ...],
) -> None:
    deaths = measure.Deaths(2, 1000, zeroes, first, counts)
    step = costs.deaths(
        measure.Measured(
            measured.cores,
            measured.thread_counts,
            measured.lost,
            deaths,
            measured.prices,
            measured.bias,
        )
    )
    for word in words:
        assert word in step.saw


def test_every_price_is_measured(measured: measure.Measured) -> None:
    assert {1, 2, 4} <= set(measured.thread_counts)
    assert {(price.way, price.threads) for price in measured.prices} == {
        (way, threads) for way in WAYS for threads in measured.thread_counts
    }
    assert all(price.ns > 0 and price.cpu_ns > 0 for price in measured.prices)
    assert all(row.lost == 0 for row in measured.lost if row.way in EXACT)


def test_thread_counts_grow_with_the_machine() -> None:
    assert measure.thread_counts(1) == (1, 2, 4)
    assert measure.thread_counts(12) == (1, 2, 4, 8)
    assert measure.thread_counts(256) == (1, 2, 4, 8, 16)


def test_the_experiment_is_whole(monkeypatch: pytest.MonkeyPatch, collector: bool) -> None:  # noqa: FBT001
    short = measure.measure

    def quick(progress: object) -> measure.Measured:
        del progress
        return short(lambda _: None, updates=40_000, price_ns=100_000)

    monkeypatch.setattr(measure, "measure", quick)
    heard: list[float] = []
    whole = experiment.perform(lambda fraction, _: heard.append(fraction))
    assert heard == sorted(heard)
    assert (heard[0], heard[-1]) == (0.0, 1.0)
    check_whole(whole)
    assert gc.isenabled() == collector


def check_whole(experiment: Experiment) -> None:
    assert experiment.name == "refcount"
    assert experiment.question
    assert experiment.conclusion
    for step in experiment.steps:
        assert step.title
        assert step.did
        assert step.saw
        assert step.means
    data = json.loads(json.dumps(experiment.data))
    assert data["walk_freed_by"] == "del thing"
    assert {row["way"] for row in data["lost"]} == set(WAYS)
    assert {"owner_ns", "stranger_ns"} <= set(data["biased"])
    assert data["explored"]["unprotected"]["worlds"][0]["verdict"] == "found"
    assert data["explored"]["locked"]["verdict"] == "proven"
    assert {"zeroes", "counts"} <= set(data["premature_frees"])
