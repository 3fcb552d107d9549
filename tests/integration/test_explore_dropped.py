"""Code that runs because an object ends, wherever the last reference is dropped."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, Any

from support.corpus import FOLDER
from support.exploreprocess import explore

if TYPE_CHECKING:
    from support.interpreters import Interpreter

PROGRAM = FOLDER / "dropped.py"
# Of a finalizer it is said that it is one; of a container of the library, that it is looked at.
FORGOTTEN = "a look at weak references, of which some end"
LOOKED_AT = {"test_broken_weak_set", "test_broken_weak_values", "test_broken_looks_itself"}


def names_of(kind: str) -> list[str]:
    body = ast.parse(PROGRAM.read_text()).body
    names = [each.name for each in body if isinstance(each, ast.FunctionDef)]
    return [each for each in names if each.startswith(f"test_{kind}_")]


def answers(interpreter: Interpreter, kind: str) -> dict[str, dict[str, Any]]:
    names = [f"dropped:{each}" for each in names_of(kind)]
    found = explore(interpreter, [FOLDER], names, seconds=3.0)
    return {name.partition(":")[2]: answer for name, answer in found.items()}


def test_what_runs_at_an_end_is_never_proven(any_interpreter: Interpreter) -> None:
    found = answers(any_interpreter, "broken")
    assert len(found) == len(names_of("broken")) > 0
    for test, answer in found.items():
        assert answer["verdict"] in ("found", "not proven"), (test, answer)
        if answer["verdict"] == "not proven" and test not in LOOKED_AT:
            reasons = "; ".join(answer["reasons"])
            assert "reference is dropped" in reasons or "than it would have" in reasons, answer


def test_what_nobody_looks_at_is_no_reason(any_interpreter: Interpreter) -> None:
    found = answers(any_interpreter, "fixed")
    assert len(found) == len(names_of("fixed")) > 0
    if any_interpreter.free_threaded:  # there, nobody knows when an object ends
        assert "free-threaded build" in found.pop("test_fixed_weak_set_of_many")["reasons"][0]
    assert {test: answer["reasons"] for test, answer in found.items() if answer["reasons"]} == {}
    assert {answer["verdict"] for answer in found.values()} == {"proven"}
