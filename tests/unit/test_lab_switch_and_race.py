"""What `gilscope lab switch` and `race` say fits what was measured, whatever that was."""

from __future__ import annotations

from typing import Any

import pytest

from gilscope.lab.kit.machine import Load, has_gil
from gilscope.lab.race import experiment as race
from gilscope.lab.switch import experiment as switch
from gilscope.lab.switch.beside import Beside
from gilscope.lab.switch.experiment import INTERVALS_S

IDLE = Load(2, 10.0, 0.02)
BUSY = Load(2, 10.0, 1.76)


def beside(late_s: list[float], speeds: list[float]) -> list[Beside]:
    """One row for each switch interval."""
    measured = zip(INTERVALS_S, late_s, speeds, strict=True)
    return [Beside(each, late, 2 * late, 300, speed) for each, late, speed in measured]


FOLLOWS = beside([0.0002, 0.001, 0.005, 0.02, 0.1], [0.7, 0.9, 0.95, 0.98, 0.99])
CHAOS = beside([0.03, 0.01, 0.02, 0.01, 0.03], [0.7, 1.5, 0.6, 0.9, 0.8])
CHEAP = beside([0.0002, 0.001, 0.005, 0.02, 0.1], [0.97, 0.98, 0.99, 0.99, 0.99])


@pytest.mark.parametrize(
    ("late_s", "load", "gil", "said"),
    [
        (0.005, IDLE, True, "the convoy effect."),
        (0.012, BUSY, True, "Some of it is waiting for a core: the machine is busy."),
        (0.0001, IDLE, True, "This time it hardly waited."),
        (0.0001, IDLE, False, "There is no GIL here"),
    ],
)
def test_why_the_sleeper_is_late(late_s: float, load: Load, gil: bool, said: str) -> None:  # noqa: FBT001
    step = switch._late(0.0001, Beside(0.005, late_s, 0.02, 100, 1.0), load, gil=gil)
    assert said in step.means
    assert load.seen() in step.saw
    assert ("switch interval was" in step.did) == gil


@pytest.mark.parametrize(
    ("wait_s", "said"),
    [
        (0.0004, "less than a switch interval"),
        (0.0051, "about one switch interval"),
        (0.03, "longer than a switch interval"),
    ],
)
def test_what_a_wait_is(wait_s: float, said: str) -> None:
    assert said in switch._what_a_wait_is(wait_s)


@pytest.mark.parametrize(
    ("rows", "load", "waits", "turns", "conclusion"),
    [
        (FOLLOWS, IDLE, "follows the interval", "More turns cost more", "500 times as late, while"),
        (CHEAP, IDLE, "follows the interval", "hardly anything", "went from 97 % to 99 %"),
        (CHAOS, BUSY, "1.8 of the 2 cores busy", "says little", "no clear difference"),
        (CHAOS, IDLE, "did not follow", "That cannot be", "no clear difference"),
        (FOLLOWS, BUSY, "follows the interval", "says little", "500 times as late. A shorter"),
    ],
)
def test_the_words_follow_the_intervals(
    rows: list[Beside], load: Load, waits: str, turns: str, conclusion: str
) -> None:
    assert waits in switch._latency(0.0001, rows, load).means
    assert turns in switch._throughput(rows, load).means
    assert conclusion in switch._conclusion(rows, load, gil=True)


def test_nothing_is_chosen_without_a_gil() -> None:
    assert "no interval to choose" in switch._conclusion(FOLLOWS[:1], BUSY, gil=False)


def counts(lost: int, again: int) -> dict[str, dict[str, int]]:
    found = {name: {"updates": 1000, "lost": lost} for name in ("plain", "call", "locked")}
    return found | {name: {"keys": 500, "made_again": again} for name in ("check", "check_locked")}


def test_what_was_lost_is_said_and_nothing_else() -> None:
    some, none = counts(250, 3), counts(0, 0)
    assert "lost 250 of 1,000 updates, 25 %" in race._counted(some).saw
    assert "The race is real" in race._counted(some).means
    assert "lost none of 1,000 updates" in race._counted(none).saw
    assert "does not prove" in race._counted(none).means
    assert "3 of 500 keys were made twice" in race._checked(some).saw
    assert "not seen this time" in race._checked(none).means
    assert "should be impossible" in race._locked(some).means
    assert "exact on every version" in race._locked(none).means


def test_the_switch_interval_is_named_where_there_are_switches() -> None:
    assert ("switch interval" in race._counted(counts(0, 0)).did) == has_gil()


@pytest.mark.parametrize(
    ("inside", "said"), [(0, "are no marked instructions"), (1, "is one marked instruction")]
)
def test_places_for_a_switch_are_counted(inside: int, said: str) -> None:
    assert said in race._marked_between(inside)


def test_the_conclusion_of_the_race_follows_the_counts() -> None:
    here: dict[str, Any] = counts(0, 0)
    free = {"found": counts(400, 1)}
    assert "Without a GIL the same code lost updates" in race._conclusion(here, free)
    assert "Without a GIL" not in race._conclusion(here, {"found": counts(0, 0)})
    assert "Without a GIL" not in race._conclusion(here, None)
    assert "lost updates here" in race._conclusion(counts(5, 0), None)
    lucky = "hands the GIL to no other thread inside" if has_gil() else "by luck"
    assert lucky in race._conclusion(here, None)
