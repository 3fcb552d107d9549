"""Conditions: read and written, checked before anything runs, and never a traceback."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gilscope.budget import names
from gilscope.budget.checking import limit_of
from gilscope.budget.parsing import parse
from gilscope.budget.shorthand import NAMES, conditions_of
from gilscope.budget.syntax import written
from gilscope.budget.worse import FIGURES, worse_limit_of
from gilscope.errors import GilscopeError
from support.conditions import Conditions

if TYPE_CHECKING:
    from random import Random

# What is written in conditions, and what is not.
PIECES = (
    "< <= > >= == != = ( ) , - and or not true any all max len known % ms s MB 0 1 1e9 1e999"
    " gil.wait_s threads.wait_s threads[].wait_s verdict.kind run.gil_enabled stalls gil x.y"
    ' "stall" \'a "b \\ [ ] . ! && + µs é \0'
)


@given(st.randoms(use_true_random=False))
def test_what_is_written_is_read_again(random: Random) -> None:
    condition = Conditions(random).any_kind()
    text = written(condition)
    assert parse(text) == condition
    assert limit_of(text).condition == condition


@given(st.text(max_size=60) | st.lists(st.sampled_from(PIECES.split()), max_size=12).map(" ".join))
def test_garbage_is_refused_in_two_lines(text: str) -> None:
    try:
        limit = limit_of(text)
    except GilscopeError as error:
        assert error.message
        assert "\n" not in error.message + error.hint
    else:
        assert limit_of(written(limit.condition)).condition == limit.condition


@pytest.mark.parametrize(
    ("text", "canonical"),
    [
        ("gil.wait_s>0.1", "gil.wait_s > 0.1"),
        ("gil.wait_s > 5 ms", "gil.wait_s > 5ms"),
        ("gil.wait_s > 5 µs", "gil.wait_s > 5us"),
        (
            "threads[].wait_s > 1 or x".replace("threads[].wait_s > 1 or x", "wall_s > .5"),
            "wall_s > 0.5",
        ),
        ("any(threads[].wait_s > 1)", "any(threads.wait_s > 1)"),
        ("100ms < wall_s", "100ms < wall_s"),
        ("run.exit_status == -9", "run.exit_status == -9"),
        ("verdict.kind == 'stall'", 'verdict.kind == "stall"'),
        ("((wall_s > 1s))", "wall_s > 1s"),
        ("not not run.gil_enabled", "not not run.gil_enabled"),
        (
            "not (wall_s > 1 and wall_s < 2) or wall_s > 3 and wall_s < 4",
            "not (wall_s > 1 and wall_s < 2) or wall_s > 3 and wall_s < 4",
        ),
        (
            "wall_s > 1 and (wall_s < 2 or gc.pauses > 3)",
            "wall_s > 1 and (wall_s < 2 or gc.pauses > 3)",
        ),
        (
            "max(threads.wait_s,threads.name=='x')>1s",
            'max(threads.wait_s, threads.name == "x") > 1s',
        ),
        (
            "len(threads) > 2 and known(prediction.wall_s)",
            "len(threads) > 2 and known(prediction.wall_s)",
        ),
        ("run.trace_bytes > 5MiB", "run.trace_bytes > 5MiB"),
        ("max(prediction.rows.most_gain) > 20%", "max(prediction.rows.most_gain) > 20%"),
    ],
)
def test_what_is_read(text: str, canonical: str) -> None:
    assert written(limit_of(text).condition) == canonical


@pytest.mark.parametrize(
    ("text", "message", "column", "hint"),
    [
        (
            "gil.wait > 1",
            "no figure of the report is called gil.wait",
            1,
            "did you mean: gil.wait_s",
        ),
        ("max(stalls.stal_s) > 1", "called stalls.stal_s", 5, "did you mean: stalls.stall_s"),
        ("wait_s > 1", "called wait_s", 1, "did you mean: gil.wait_s"),
        ("nothing.like.it > 1", "called nothing.like.it", 1, "gilscope help report-json"),
        ("gil > 1", "gil is not one figure", 1, "gil.held_fraction"),
        ("gil.wait_s > 10%", "gil.wait_s is in seconds, and this is a share", 14, "100ms"),
        ("gil.contended_fraction > 10", "a share, from 0 to 1", 26, "did you mean: 10%"),
        ("gil.contended_fraction > 150%", "a share, from 0 to 1", 26, ""),
        ("gil.acquires > 5ms", "a number without a unit", 16, "compare it with 3"),
        ("gil.wait_s > 5sec", "no such unit: sec", 15, "did you mean: 5s"),
        ("gil.wait_s > wall_s > 1", "a second comparison", 21, "and"),
        ("gil.wait_s", "not true or false by itself", 1, "gil.wait_s > "),
        ("threads.wait_s > 1", "threads is a list", 1, "max(threads.wait_s)"),
        ("any(threads.wait_s > 1 and stalls.stall_s > 1)", "different lists", 28, "and any("),
        ("any(gil.wait_s > 1)", "asks for no figure of a list", 1, "leave out any"),
        ("any(threads.wait_s > max(threads.hold_s))", "of each row", 22, "outside"),
        ("max(gil.wait_s) > 1", "is not of a list", 1, "leave out max"),
        ("max(threads.name) > 1", "a text, and has no max", 5, ""),
        ("len(gil.wait_s) > 1", "is not a list", 5, "len(threads)"),
        ("sum(threads.wait_s, locks.purpose) > 1", "different lists", 21, ""),
        ("verdict.kind == 'convoi'", "is never 'convoi'", 17, "did you mean: convoy"),
        ("verdict.kind > 'convoy'", "has no order", 14, "== or !="),
        ("verdict.kind == 1", "is a text", 17, "=="),
        ("run.gil_enabled == 'x'", "is true or false", 20, "true"),
        ("gil.wait_s = 1", "unexpected '='", 12, "write: =="),
        ("wall_s > 1 && wall_s < 2", "unexpected '&&'", 12, "write: and"),
        ("gil.wait_s / wall_s > 1", "unexpected '/'", 12, "no arithmetic"),
        ("blame[0].caused_wait_s > 1", "unexpected '['", 6, "of a list"),
        ("(wall_s > 1", "not closed", 1, ""),
        ("wall_s > 1)", "unexpected ')'", 11, ""),
        ("wall_s >", "something is missing", 9, ""),
        ("", "the condition is empty", 1, "for example"),
        ("1 > 2", "asks for no figure", 3, ""),
        ("true", "asks for no figure", 1, ""),
        ("mx(threads.wait_s) > 1", "no such function: mx", 1, "did you mean: max"),
        ("wall_s > 1e999", "too large", 10, ""),
        ('verdict.kind == "stall', "unexpected '\"'", 17, "no end"),
        ("(" * 60 + "wall_s > 1" + ")" * 60, "more than 50 parentheses", 51, ""),
        ("not " * 60 + "run.gil_enabled", "more than 50 times not", 1, ""),
        ("wall_s > 1 " + " " * 6000, "at most 5,000 characters", 5001, ""),
    ],
)
def test_what_is_refused(text: str, message: str, column: int, hint: str) -> None:
    with pytest.raises(GilscopeError) as raised:
        limit_of(text)
    assert message in raised.value.message
    assert f"at column {column} of " in raised.value.message
    assert hint in raised.value.hint


def test_every_figure_can_be_asked_for() -> None:
    examples = {"text": "== 'x'", "truth": "== true"}
    for name, kind in names.figures().items():
        plain = names.plain(name)
        limit = examples.get(kind.value, "> 1" if kind.value == "number" else "> 0")
        if name in names.VALUES:
            limit = f"== '{min(names.VALUES[name])}'"
        condition = f"{plain} {limit}"
        limit_of(f"any({condition})" if names.list_of(name) else condition)


def test_short_names_are_conditions() -> None:
    limits = {"wait": "5%", "longest_stall": "50ms", "stalls": 3}
    assert conditions_of(["wall_s > 1s"], limits) == (
        "wall_s > 1s",
        "gil.contended_fraction > 5%",
        "max(stalls.stall_s) > 50ms",
        "stall_count > 3",
    )
    for name, kinds in NAMES.items():
        for kind in kinds:
            example = {"share": "5%", "seconds": "5ms", "number": "5"}[kind.value]
            for condition in conditions_of([], {name: example}):
                limit_of(condition)


@pytest.mark.parametrize(
    ("conditions", "limits", "message", "hint"),
    [
        ([], {}, "there is no limit", "wait="),
        ([1], {}, "1 is no condition", "gil.wait_s > 100ms"),
        ([], {"wiat": "5%"}, "no limit called wiat", "did you mean: wait"),
        ([], {"wait": 0.1}, "wait=0.1 is no such limit", 'wait="10%" or wait="100ms"'),
        ([], {"wait": "5MB"}, "no such limit", "10%"),
        ([], {"wait": "5% or wall_s > 0"}, "no such limit", "10%"),
        ([], {"longest_stall": "5%"}, "no such limit", 'longest_stall="100ms"'),
        ([], {"stalls": True}, "no such limit", "stalls"),
        ([], {"stalls": None}, "no such limit", "stalls"),
    ],
)
def test_short_names_that_are_wrong(
    conditions: list[object], limits: dict[str, object], message: str, hint: str
) -> None:
    with pytest.raises(GilscopeError) as raised:
        conditions_of(conditions, limits)
    assert message in raised.value.message
    assert hint in raised.value.hint


def test_what_is_not_to_be_worse() -> None:
    limit = worse_limit_of("longest_wait > 5%")
    assert (limit.name, limit.share, limit.amount_s) == ("longest wait", 0.05, 0.0)
    assert worse_limit_of("wall > 50ms").amount_s == 0.05
    assert worse_limit_of("wall > 0").amount_s == 0.0
    for name in FIGURES:
        worse_limit_of(f"{name} > 1%")


@pytest.mark.parametrize(
    ("text", "message", "hint"),
    [
        ("waited", "no figure and an amount", "waited > 5%"),
        ("waitd > 5%", "no figure of a comparison is called waitd", "did you mean: waited"),
        ("waited < 5%", "here stands >", ""),
        ("waited > 5", "a share of what it was, or a time", ""),
        ("waited > 5MB", "a share of what it was, or a time", ""),
        ("waited > -5%", "not negative", ""),
        ("waited > wall", "here stands >", ""),
    ],
)
def test_what_is_no_such_limit(text: str, message: str, hint: str) -> None:
    with pytest.raises(GilscopeError) as raised:
        worse_limit_of(text)
    assert message in raised.value.message
    assert hint in raised.value.hint
