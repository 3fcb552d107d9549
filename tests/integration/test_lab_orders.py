"""What the experiments explore: run for real in this Python; and words that fit every outcome."""

from __future__ import annotations

import dataclasses
import gc
import json
import sys
import threading
from pathlib import Path

import pytest

import gilscope
from gilscope.explore.results import Exploration, Verdict
from gilscope.lab.kit import orders
from gilscope.lab.kit.exploring import NotExplored, explore
from gilscope.lab.kit.model import Experiment, Interleaving, Step
from gilscope.lab.race import orders as raceorders
from gilscope.lab.refcount import orders as reforders
from gilscope.report.lab.console import render
from gilscope.report.lab.json_ import to_dict
from support.sampleexplorations import (
    FREE,
    GIL,
    exploration,
    lost_update,
    not_proven,
    proven,
    world,
)

HERE = f"gil-{sys.version_info[0]}.{sys.version_info[1]}"
MANY = 200  # executions: far more than these programs need


@pytest.fixture(scope="module")
def race() -> dict[str, Exploration]:
    return explore("race", raceorders.FUNCTIONS)


@pytest.fixture(scope="module")
def counts() -> dict[str, Exploration]:
    return explore("refcount", reforders.FUNCTIONS)


def verdicts(found: Exploration) -> dict[str, Verdict]:
    return {each.world: each.verdict for each in found.worlds}


# For real


def test_each_way_to_update_is_lost_where_a_switch_can_fall(race: dict[str, Exploration]) -> None:
    found, proven = Verdict.FOUND, Verdict.PROVEN
    assert verdicts(race["plain"]) == {FREE: found, HERE: proven}
    assert verdicts(race["call"]) == {FREE: found, HERE: found}
    assert verdicts(race["locked"]) == {FREE: proven, HERE: proven}


def test_an_unprotected_count_frees_what_is_in_use(counts: dict[str, Exploration]) -> None:
    assert verdicts(counts["unprotected"]) == {FREE: Verdict.FOUND, HERE: Verdict.PROVEN}
    assert verdicts(counts["locked"]) == {FREE: Verdict.PROVEN, HERE: Verdict.PROVEN}
    found = counts["unprotected"].counterexample
    assert found is not None
    assert found.failure.message == "AssertionError: freed while it is in use"
    last = found.events[-1]
    assert (last.operation, last.target, last.value) == ("read", "thing.freed", "True")
    assert (found.minimal, found.preemptions) == (True, 2)


@pytest.mark.parametrize("name", ["plain", "call"])
def test_the_losing_schedule_is_the_shortest_that_there_is(
    race: dict[str, Exploration], name: str
) -> None:
    found = race[name].counterexample
    assert found is not None
    assert (found.minimal, found.preemptions) == (True, 1)
    said = orders.told(race[name], "counter")
    assert said == "Thread 1 read 0, thread 2 read 0 and wrote 1, thread 1 wrote 1."


def test_what_is_shown_of_a_count_adds_up(counts: dict[str, Exploration]) -> None:
    """Whatever is read was written last: the schedule is a true story."""
    found = counts["unprotected"].counterexample
    assert found is not None
    count = "1"
    for event in found.events:
        if event.target == "thing.count":
            assert event.value is not None
            assert event.operation == "write" or event.value == count
            count = event.value
    assert count == "0"


def test_nothing_takes_long(race: dict[str, Exploration], counts: dict[str, Exploration]) -> None:
    assert all(each.executions < MANY for each in (*race.values(), *counts.values()))


def test_lines_are_those_of_the_programs(
    race: dict[str, Exploration], counts: dict[str, Exploration]
) -> None:
    sources = set()
    for each in (race["plain"], race["call"], counts["unprotected"]):
        assert each.counterexample is not None
        for event in each.counterexample.events:
            assert Path(event.position.file).name == "program.py"
            lines = Path(event.position.file).read_text().splitlines()
            sources.add(lines[event.position.line - 1].strip())
    assert {"counter += 1", "counter = counter + one()", "thing.count -= 1"} <= sources


@pytest.mark.parametrize(
    "folder", [Path(gilscope.__file__).parent, Path(threading.__file__).parent]
)
def test_the_working_folder_does_not_matter(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(folder)
    found = explore("race", {"locked": "add_with_lock", "call": "add_with_call"})
    assert found["locked"].verdict is Verdict.PROVEN
    assert found["call"].verdict is Verdict.FOUND


def test_nothing_stays_behind() -> None:
    explore("race", {"warm": "add"})
    before = set(sys.modules), threading.Thread.start, gc.isenabled(), threading.active_count()
    explore("race", {"call": "add_with_call"})
    after = set(sys.modules), threading.Thread.start, gc.isenabled(), threading.active_count()
    assert after == before


def test_the_steps_say_what_was_found() -> None:
    steps, data = raceorders.perform()
    for step in steps.values():
        assert step.did
        assert step.saw
        assert step.means
    python = HERE.removeprefix("gil-")
    assert f"Such an order exists without a GIL and with the GIL as Python {python}" in (
        steps["call"].saw
    )
    assert f"With the GIL as Python {python} switches threads no order loses" in steps["plain"].saw
    assert steps["locked"].saw.startswith("Without a GIL no order loses an update: all that can")
    assert data is not None
    assert [data[name]["verdict"] for name in ("plain", "call", "locked")] == [
        "found",
        "found",
        "proven",
    ]
    assert json.loads(json.dumps(data, allow_nan=False)) == data


def test_the_steps_about_counts_say_what_was_found() -> None:
    steps, data = reforders.perform()
    assert "thread" in steps["unprotected"].saw
    assert "came down to 0" in steps["unprotected"].means
    assert "no order frees the object too early" in steps["locked"].saw
    assert "The GIL is such a lock" in steps["locked"].means
    assert data is not None
    assert data["locked"]["assumptions"]


@pytest.mark.parametrize("width", [80, 110])
def test_both_threads_stand_side_by_side(race: dict[str, Exploration], width: int) -> None:
    lines = shown(raceorders.call(race["call"]), width)
    (heading,) = [line for line in lines if "thread 1" in line and "thread 2" in line[20:]][-1:]
    column = heading.index("thread 2")
    reads = [line.index("read counter → 0") for line in lines if "read counter → 0" in line]
    assert reads[0] < column < reads[1]
    assert any("preempted" in line for line in lines)
    assert not any("MainThread" in line or "join" in line for line in lines)


def test_the_creators_own_read_is_shown(counts: dict[str, Exploration]) -> None:
    text = "\n".join(shown(reforders.unprotected(counts["unprotected"]), 110))
    assert "MainThread" in text
    assert "read thing.freed → True" in text
    assert "start thread" not in text


def shown(step: Step, width: int) -> list[str]:
    lines = [line.plain for line in render(Experiment("one", "?", (step,), ""), width)]
    assert max(map(len, lines)) <= width
    return lines


def test_json_has_the_whole_exploration(race: dict[str, Exploration]) -> None:
    made = Experiment("race", "?", (raceorders.plain(race["plain"]),), "")
    (exhibit,) = json.loads(json.dumps(to_dict(made), allow_nan=False))["steps"][0]["exhibits"]
    assert exhibit["kind"] == "interleaving"
    found = exhibit["exploration"]
    assert found["verdict"] == "found"
    assert [event["value"] for event in found["counterexample"]["events"] if event["value"]] == [
        "0",
        "0",
        "1",
        "1",
    ]


# What cannot be explored


def fail(*_: object) -> dict[str, Exploration]:
    raise NotExplored("something is in the way")


def test_steps_that_could_not_be_made_say_so(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (raceorders, reforders):
        monkeypatch.setattr(module, "explore", fail)
        steps, data = module.perform()
        assert data is None
        assert {step.unavailable for step in steps.values()} == {"something is in the way"}
        assert all(step.title and not step.did for step in steps.values())


def test_without_native_code_the_reason_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    import gilscope._explorer

    for name in ("explorer", "engine.executor"):  # which another test may have imported
        monkeypatch.delitem(sys.modules, f"gilscope.explore.{name}", raising=False)
    monkeypatch.setitem(sys.modules, "gilscope._explorer", None)
    monkeypatch.delattr(gilscope, "_explorer")
    with pytest.raises(NotExplored, match="not built for this Python"):
        explore("race", {"plain": "add"})


@pytest.mark.skipif(sys.version_info >= (3, 12), reason="needs no sys.settrace")
def test_another_tracer_is_named() -> None:
    tracer = sys.gettrace()
    sys.settrace(lambda *_: None)
    try:
        with pytest.raises(NotExplored, match="another tracer is active"):
            explore("race", {"plain": "add"})
    finally:
        sys.settrace(tracer)


# Words for every outcome


def test_where_an_order_exists() -> None:
    said = orders.worlds(lost_update(), "loses an update")
    assert said == (
        "Such an order exists without a GIL. With the GIL as Python 3.11 switches threads no order"
        " loses an update: all that can make a difference were tried, in 2 executions."
    )
    assert "So none does with the GIL as Python 3.11" in orders.worlds(proven(), "fails")
    said = orders.worlds(not_proven(), "fails")
    assert "none was found that fails. That proves nothing: not modelled" in said


def test_a_table_has_a_cell_for_each_world() -> None:
    table = orders.table({"a": lost_update(), "b": proven(), "c": not_proven()})
    assert table.rows == (
        ("a", "found (4 tried)", "proven (2 tried)"),
        ("b", "proven (34 tried)", "proven (fewer orders)"),
        ("c", "not proven (12,000 tried)", "proven (40 tried)"),
    )


def test_no_proof_is_claimed_without_one() -> None:
    race_of = {"plain": lost_update(), "call": lost_update(), "locked": not_proven()}
    assert "proves" not in raceorders.locked(race_of).means
    assert "Nothing is known" in raceorders.locked(race_of).means
    assert "Nothing is known" in raceorders.plain(not_proven()).means
    counts_of = {"unprotected": not_proven(), "locked": not_proven()}
    assert reforders.locked(counts_of).means == "Nothing is proven, then."
    assert reforders.unprotected(not_proven()).exhibits == ()
    unknown = exploration(Verdict.NOT_PROVEN, (world(GIL, Verdict.NOT_PROVEN, 9),))
    assert "The GIL" not in reforders.locked({"unprotected": unknown, "locked": proven()}).means
    assert "The GIL" in reforders.locked({"unprotected": proven(), "locked": proven()}).means


def test_a_lock_that_fails_is_shown() -> None:
    everywhere = exploration(
        Verdict.FOUND,
        (world(FREE, Verdict.FOUND, 1), world(GIL, Verdict.FOUND, 1)),
        counterexample=lost_update().counterexample,
    )
    step = raceorders.locked(dict.fromkeys(raceorders.FUNCTIONS, everywhere))
    assert "should be impossible" in step.means
    assert any(isinstance(each, Interleaving) for each in step.exhibits)
    assert raceorders.plain(everywhere).means.startswith("Nothing keeps the threads apart")


def test_an_exploration_without_a_schedule_has_a_heading_only() -> None:
    bare = dataclasses.replace(lost_update(), counterexample=None)
    assert orders.told(bare, "counter") == ""
    step = Step("one", exhibits=(Interleaving("what was shown", bare),))
    assert "  what was shown" in shown(step, 80)
