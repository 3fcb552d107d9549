"""How an exploration is shown: to the character, in any width, colour and encoding; and as JSON."""

from __future__ import annotations

import copy
import dataclasses
import io
import json
import os
import re
import unicodedata
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.cells import cell_len

from gilscope.errors import GilscopeError
from gilscope.explore.facts import (
    AssumptionKind,
    HindranceKind,
    Mention,
    Position,
    Reason,
    ReasonKind,
    Wait,
    WaitKind,
)
from gilscope.explore.narration.sentences import SENTENCES, WAITS, sentence
from gilscope.explore.results import (
    Attack,
    Blocked,
    Contradiction,
    Counterexample,
    DataRace,
    Event,
    Exploration,
    Failure,
    Inside,
    Kind,
    Schedule,
    Site,
    Verdict,
    WorldResult,
)
from gilscope.report.exploration.columns import share
from gilscope.report.exploration.console import print_exploration, render
from gilscope.report.exploration.json_ import schedule_from_dict, schedule_to_dict, to_dict
from gilscope.report.exploration.turns import FIRST, LAST, repeated_once, shortened, turns_of
from gilscope.report.exploration.waiting import cycle_of
from support.sampleexplorations import (
    BANK,
    COUNTER,
    EXPLORATIONS,
    FREE,
    GIL,
    SCHEDULE,
    Step,
    contradicted,
    counterexample,
    deadlock,
    events_of,
    exploration,
    in_library,
    long_schedule,
    lost_update,
    not_attacked,
    not_proven,
    proven,
    world,
)

if TYPE_CHECKING:
    from enum import Enum

    from rich.text import Text

GOLDEN = Path(__file__).parent / "golden"
NEXT = (
    "gilscope explore counter.py::test_two_adders --replay counter.schedule",
    "gilscope explore counter.py::test_two_adders --emit-test test_regression.py",
)


@pytest.fixture(autouse=True)
def sources(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "counter.py").write_text(COUNTER)
    (tmp_path / "bank.py").write_text(BANK)


def check_golden(name: str, text: str) -> None:
    path = GOLDEN / name
    if os.environ.get("GILSCOPE_UPDATE_GOLDEN"):
        path.write_text(text, encoding="utf-8")
    assert text == path.read_text("utf-8"), name


def without_commands(lines: list[Text]) -> list[Text]:
    """Commands are to be pasted, so they stay on one line."""
    starts = (n for n, line in enumerate(lines) if line.plain.startswith("next: "))
    return lines[: next(starts, len(lines))]


def shown(made: Exploration, width: int = 110, **more: Any) -> str:
    lines = render(made, width, **more)
    assert max(line.cell_len for line in without_commands(lines)) <= width
    return "".join(line.plain.rstrip() + "\n" for line in lines)


@pytest.mark.parametrize("width", [80, 110])
@pytest.mark.parametrize("name", EXPLORATIONS)
def test_golden(name: str, width: int) -> None:
    check_golden(f"explore-{name}-{width}.txt", shown(EXPLORATIONS[name](), width, next_steps=NEXT))


def test_narrow() -> None:
    check_golden("explore-lost-update-50.txt", shown(lost_update(), 50))
    check_golden("explore-in-library-50.txt", shown(in_library(), 50))


def test_all_steps() -> None:
    found = long_schedule()
    text = shown(found, all_steps=True)
    assert found.counterexample is not None
    for event in found.counterexample.events:
        assert event.target in text
    assert "… folded" not in text
    assert " steps" not in text
    assert len(text.splitlines()) > 2 * len(shown(found).splitlines())


def test_a_value_is_shown_though_its_name_must_be_cut() -> None:
    name = "a_name.that_is.much_too_long.for_a_column.of_this_width"
    told: list[Step] = [(1, 13, "read", name, "17"), (2, 13, "read", name, str([0] * 20))]
    failure = Failure(Kind.EXCEPTION, 1, "ValueError", "")
    found = counterexample(failure, ("", "one", "two"), events_of("counter.py", told))
    made = exploration(Verdict.FOUND, (world(FREE, Verdict.FOUND, 1),), counterexample=found)
    text = shown(made, 80)
    assert "… → 17" in text
    assert re.search(r"read a_name\.that_is\S*… → \[0, 0, .*…", text)


def written(encoding: str, width: int | None = 110, made: Exploration | None = None) -> str:
    stream = io.TextIOWrapper(io.BytesIO(), encoding=encoding)
    print_exploration(made or lost_update(), stream, next_steps=NEXT, width=width)
    return stream.buffer.getvalue().decode(encoding)


def test_ascii() -> None:
    text = written("ascii")
    assert "read counter.value -> 0" in text
    assert "write counter.value <- 1" in text
    assert "== preempted ==" in text
    assert "* decided how it ends" in text
    assert "?" not in text
    check_golden("explore-lost-update-110-ascii.txt", text)
    check_golden("explore-long-80-ascii.txt", written("ascii", 80, long_schedule()))


@pytest.mark.parametrize(("variable", "coloured"), [("NO_COLOR", False), ("FORCE_COLOR", True)])
def test_colour(variable: str, coloured: bool, monkeypatch: pytest.MonkeyPatch) -> None:  # noqa: FBT001
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv(variable, "1")
    text = written("utf-8")
    assert ("\x1b[" in text) == coloured
    check_golden(f"explore-lost-update-110.{'ansi' if coloured else 'txt'}", text)


def test_width_is_that_of_the_stream_unless_given(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    narrow, wide = (written("utf-8", width=each).partition("next: ")[0] for each in (None, 110))
    assert max(map(len, narrow.splitlines())) <= 80
    assert max(map(len, wide.splitlines())) > 80


def test_a_preemption_by_a_thread_to_the_left() -> None:
    told: list[Step] = [
        (2, 13, "read", "counter.value", "0"),
        (1, 13, "read", "counter.value", "0"),
    ]
    events = events_of("counter.py", told, frozenset({1}))
    failure = Failure(Kind.INVARIANT, None, "the total\x1b[2J is wrong", "")
    found = counterexample(failure, ("", "same", "same"), events)
    made = exploration(Verdict.FOUND, (world(FREE, Verdict.FOUND, 1),), counterexample=found)
    lines = shown(made).splitlines()
    assert "▌ FOUND: invariant: the total\\x1b[2J is wrong" in lines
    assert next(line for line in lines if "same #1" in line).index("same #2") > 20
    arrow = next(line for line in lines if "←" in line)
    assert arrow.startswith("←━━━━")
    assert arrow.endswith("━ preempted ━━")


def test_what_repeats_is_shown_once_and_what_is_long_loses_its_middle() -> None:
    rounds: list[Step] = [(each % 3, each % 3, "read", "x", "0") for each in range(30)]
    folded = repeated_once(turns_of(events_of("counter.py", rounds)))
    assert len(folded) == 4
    assert folded[3] == "… and the same again, 9 times …"
    count = FIRST + LAST + 7
    told: list[Step] = [(each % 2, 13, "read", "x", str(each)) for each in range(count)]
    turns = turns_of(events_of("counter.py", told))
    cut = shortened(turns)
    assert cut[:FIRST] == turns[:FIRST]
    assert cut[FIRST] == "… 7 turns are left out: --json has them all …"
    assert cut[FIRST + 1 :] == turns[-LAST:]


def test_many_operations_of_one_line_are_cut_in_the_middle() -> None:
    told: list[Step] = [(1, 13, "read", f"items[{each}]", "0") for each in range(40)]
    failure = Failure(Kind.EXCEPTION, 1, "ValueError", "")
    found = counterexample(failure, ("", "one"), events_of("counter.py", told))
    made = exploration(Verdict.FOUND, (world(FREE, Verdict.FOUND, 1),), counterexample=found)
    text = shown(made)
    assert text.count("read items") == 10
    assert "… 30 more" in text


def test_long_lists_say_how_many_are_left_out() -> None:
    where = Position("bank.py", 8, "there")
    races = (DataRace("x", where, "read", where, "write"),) * 11
    reasons = tuple(Reason(ReasonKind.NOT_MODELLED, str(each)) for each in range(20))
    made = dataclasses.replace(not_proven(), races=races, reasons=reasons)
    text = shown(made)
    assert "and 3 more: --json has them all" in text
    assert "and 12 more: --json has them all" in text


def test_files_with_one_name_are_told_apart() -> None:
    race = DataRace("x", Position("a/m.py", 1, "f"), "read", Position("b/m.py", 2, "g"), "write")
    text = shown(dataclasses.replace(proven(), races=(race,)))
    assert "data race on x: read at a/m.py:1, write at b/m.py:2" in text


def test_cycles() -> None:
    where = Position("bank.py", 8, "there")
    into = tuple(Blocked(each, where, Wait(WaitKind.LOCK), each + 1) for each in range(3))
    assert cycle_of(into) == ()
    ring = (*into, Blocked(3, where, Wait(WaitKind.LOCK), 1))
    assert [each.thread for each in cycle_of(ring)] == [1, 2, 3]
    itself = Blocked(5, where, Wait(WaitKind.LOCK), 5)
    assert cycle_of((itself,)) == (itself,)
    failure = Failure(Kind.DEADLOCK, None, "deadlock: 1 thread waits for ever", "", (itself,))
    found = counterexample(failure, ("MainThread",), ())
    made = exploration(Verdict.FOUND, (world(FREE, Verdict.FOUND, 1),), counterexample=found)
    assert "thread 5 waits at bank.py:8 for a Lock that it has itself: with second:" in shown(made)


def test_columns_share_what_room_there_is() -> None:
    assert share([10, 50, 20], 100) == [10, 50, 20]
    assert share([10, 90, 50], 100) == [10, 45, 45]
    assert share([90, 10, 50], 100) == [45, 10, 45]
    assert share([5, 5], -3) == [0, 0]


# --- whatever it holds ----------------------------------------------------------------------------

ANYTHING = st.from_type(Exploration)


@settings(max_examples=60, deadline=None)
@given(
    ANYTHING,
    st.integers(40, 120),
    st.sampled_from(["utf-8", "ascii", "cp1252", "no-such-encoding"]),
    st.lists(st.text(), max_size=2),
)
def test_any_exploration_fits(
    made: Exploration, width: int, encoding: str, steps: list[str]
) -> None:
    lines = render(made, width, encoding, next_steps=steps)
    for line in without_commands(lines):
        assert cell_len(line.plain) <= width, line.plain
    for line in lines:
        assert not any(unicodedata.category(each) in ("Cc", "Cf", "Cs") for each in line.plain)


@settings(max_examples=25, deadline=None)
@given(ANYTHING)
def test_any_exploration_is_strict_json(made: Exploration) -> None:
    found = json.loads(json.dumps(to_dict(made), allow_nan=False))
    assert found["format"] == 1
    assert found["verdict"] == made.verdict.value


# --- JSON -----------------------------------------------------------------------------------------

NUMBERS = st.integers(0, 2**31 - 1)
SITES = st.builds(Site, st.text(), st.text(), NUMBERS, NUMBERS, st.text())
SCHEDULES = st.builds(
    Schedule,
    st.sampled_from([FREE, GIL, "gil-3.15"]),
    st.sampled_from(["3.11", "3.15"]),
    st.lists(NUMBERS).map(tuple),
    st.lists(SITES, max_size=5).map(tuple),
)


def test_json() -> None:
    found = json.loads(json.dumps(to_dict(lost_update()), allow_nan=False))
    assert list(found)[:2] == ["format", "kind"]
    assert found["kind"] == "exploration"
    assert found["verdict"] == "found"
    assert [each["verdict"] for each in found["worlds"]] == ["found", "proven"]
    assert found["counterexample"]["failure"]["kind"] == "assertion"
    events = found["counterexample"]["events"]
    assert events[3]["preemption"] is True
    assert [each["decisive"] for each in events].count(True) == 3
    assert (events[5]["value"], events[5]["before"]) == ("1", "1")
    assert not any(each["folded"] for each in events)
    assert found["counterexample"]["schedule"] == schedule_to_dict(SCHEDULE)
    assert to_dict(proven())["counterexample"] is None
    assert to_dict(proven())["attack"] is None


def test_json_of_what_the_attack_found() -> None:
    found = json.loads(json.dumps(to_dict(contradicted()), allow_nan=False))
    assert (found["verdict"], found["counterexample"]) == ("found", None)
    assert found["attack"]["runs"] == 17
    assert found["attack"]["contradiction"]["failure"]["kind"] == "assertion"
    with pytest.raises(GilscopeError, match="nothing to replay"):
        schedule_from_dict(found)


def test_json_has_all_events_and_says_which_a_report_folds() -> None:
    made = long_schedule()
    assert made.counterexample is not None
    events = to_dict(made)["counterexample"]["events"]
    assert len(events) == len(made.counterexample.events)
    assert {each["folded"] for each in events} == {True, False}
    assert not any(each["folded"] and each["decisive"] for each in events)


def test_every_field_is_documented() -> None:
    page = Path(__file__).parents[2] / "docs" / "reference" / "explore-json.md"
    documented = page.read_text("utf-8")
    kinds = (Exploration, WorldResult, Counterexample, Failure, Blocked, Event, Inside, Position)
    more = (DataRace, Schedule, Site, Attack, Contradiction, Reason, Mention, Wait)
    for kind in (*kinds, *more):
        for field in dataclasses.fields(kind):
            assert re.search(rf"[`.]{field.name}(\[\])?[`.]", documented), field.name


def test_sentences_have_their_facts_beside_them() -> None:
    world = to_dict(not_proven())["worlds"][0]
    assert world["reasons"][0] == "not modelled: zlib.compress"
    kinds = [each["kind"] for each in world["reason_facts"]]
    assert kinds == ["not-modelled", "budget", "bound-reached"]
    assert world["reason_facts"][0]["subject"] == "zlib.compress"
    assert world["reason_facts"][2]["number"] == 1
    blocked = to_dict(deadlock())["counterexample"]["failure"]["blocked"][0]
    assert blocked["waits_for"] == "the end of Thread-1"
    assert blocked["wait"] == {"kind": "thread", "subject": "Thread-1"}
    attack = to_dict(not_attacked())["attack"]
    assert attack["hindrance_fact"]["kind"] == "depends-on-time"
    assert (attack["doubt"], attack["doubt_fact"]) == ("", None)


@pytest.mark.parametrize("kinds", [ReasonKind, AssumptionKind, HindranceKind, WaitKind])
def test_every_kind_is_documented_and_has_a_sentence(kinds: type[Enum]) -> None:
    page = Path(__file__).parents[2] / "docs" / "reference" / "explore-json.md"
    documented = page.read_text("utf-8")
    for kind in kinds:
        assert f"`{kind.value}`" in documented, kind
        assert kind in (WAITS if isinstance(kind, WaitKind) else SENTENCES), kind


def test_a_sentence_says_where_and_what_the_other_execution_did() -> None:
    one, two = Position("a.py", 1, "f"), Position("b.py", 2, "g")
    told = Reason(ReasonKind.DIVERGED_IN_STEP, "read x", one, second=Mention("write {y}", two))
    assert sentence(told) == (
        "executions that began alike went on differently: "
        "one did `read x` at a.py:1 (f), another `write {y}` at b.py:2 (g)"
    )
    assert sentence(Reason(ReasonKind.STARTS_PROCESS, position=one)) == "starts a process: a.py:1"
    assert sentence(Reason(ReasonKind.BOUND_REACHED, number=1)) == (
        "but all with at most 1 preemption end well"
    )


@given(SCHEDULES)
def test_schedules_come_back(schedule: Schedule) -> None:
    assert schedule_from_dict(json.loads(json.dumps(schedule_to_dict(schedule)))) == schedule


def test_a_whole_exploration_can_be_replayed() -> None:
    assert schedule_from_dict(json.loads(json.dumps(to_dict(lost_update())))) == SCHEDULE
    with pytest.raises(GilscopeError, match="nothing to replay"):
        schedule_from_dict(to_dict(proven()))


DAMAGES: list[tuple[tuple[str | int, ...], object, str]] = [
    (("format",), 2, "has format 2, and only 1 is known here"),
    (("format",), True, "has format True"),
    (("format",), "1", "has format '1'"),
    (("kind",), "trace", "no schedule of gilscope explore"),
    (("kind",), [], "no schedule of gilscope explore"),
    (("kind",), "exploration", "nothing to replay"),
    (("world",), 3, "world is 3, and should be text"),
    (("world",), "pypy", "world is 'pypy', and should be free-threaded"),
    (("python",), "3.11\n", "python is "),
    (("choices",), {"0": 1}, "choices is a dict, and should be a list"),
    (("choices",), None, "choices is missing"),
    (("choices", 1), -1, r"choices\[1\] is -1"),
    (("choices", 1), True, r"choices\[1\] is True"),
    (("choices", 1), 1.0, r"choices\[1\] is 1.0"),
    (("choices", 1), 2**31, r"choices\[1\] is 2147483648"),
    (("sites",), "none", "sites is 'none'"),
    (("sites", 0), [], r"sites\[0\] is a list, and should be an object"),
    (("sites", 0, "file"), None, r"sites\[0\]\.file is missing"),
    (("sites", 0, "function"), 1, r"sites\[0\]\.function is 1"),
    (("sites", 0, "first_line"), "12", r"sites\[0\]\.first_line is '12'"),
    (("sites", 0, "offset"), -2, r"sites\[0\]\.offset is -2"),
    (("sites", 0, "opcode"), {}, r"sites\[0\]\.opcode is a dict"),
]


@pytest.mark.parametrize(("path", "value", "message"), DAMAGES)
def test_damaged_schedules(path: tuple[str | int, ...], value: object, message: str) -> None:
    whole = schedule_to_dict(SCHEDULE)
    at: Any = whole
    for key in path[:-1]:
        at = at[key]
    at[path[-1]] = value
    with pytest.raises(GilscopeError, match=message) as caught:
        schedule_from_dict(whole)
    assert caught.value.hint


@pytest.mark.parametrize("found", [None, [], 3, "text", {}, {"format": 1}, {"schema_version": 1}])
def test_what_is_not_ours(found: object) -> None:
    with pytest.raises(GilscopeError, match="no schedule of gilscope explore"):
        schedule_from_dict(found)


def test_a_damaged_counterexample() -> None:
    whole = to_dict(lost_update())
    for damage in ("text", {}, {"schedule": None}, {"schedule": {"format": 9, "kind": "schedule"}}):
        with pytest.raises(GilscopeError):
            schedule_from_dict(whole | {"counterexample": damage})


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@given(SCHEDULES, st.data())
def test_any_damage_is_reported_in_words(schedule: Schedule, data: st.DataObject) -> None:
    whole = copy.deepcopy(schedule_to_dict(schedule))
    whole[data.draw(st.sampled_from(sorted(whole)))] = data.draw(JSON)
    try:
        schedule_from_dict(whole)
    except GilscopeError as error:
        assert error.hint
