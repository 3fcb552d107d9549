"""What explore sees of an instruction, in every interpreter, against what CPython itself knows."""

from __future__ import annotations

import functools
import json
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from support.interpreters import clean_environment

if TYPE_CHECKING:
    from support.interpreters import Interpreter

PROGRAM = Path(__file__).parent.parent / "programs" / "operands.py"


@functools.cache
def told_by(python: str, environment: tuple[tuple[str, str], ...]) -> dict[str, Any]:
    done = subprocess.run(
        [python, PROGRAM],
        capture_output=True,
        text=True,
        check=False,
        env={**clean_environment(), **dict(environment)},
    )
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert isinstance(found, dict)
    return found


def told(interpreter: Interpreter) -> dict[str, Any]:
    environment = tuple(sorted(interpreter.environment.items()))
    return told_by(str(interpreter.python), environment)


def test_the_object_of_an_attribute_is_seen(any_interpreter: Interpreter) -> None:
    found = told(any_interpreter)["attributes"]
    assert found["attributes_of"] == ["Thing"]
    assert found["seen"] == 2 + 3 * 2 + 1 + 3 + 2  # __init__, the loop, the handler, with, return
    assert found["result"] == found["plain"]


def test_depths_are_those_that_cpython_saves(any_interpreter: Interpreter) -> None:
    found = told(any_interpreter)["saved_depths"]
    assert found["other"] == []
    # 3.12 and 3.13 do not save it; that is why it is computed.
    saves = any_interpreter.version[:2] not in ((3, 12), (3, 13))
    assert bool(found["same"]) == saves
    assert bool(found["unsaved"]) != saves


def test_depths_of_the_library_stay_within_their_frames(any_interpreter: Interpreter) -> None:
    found = told(any_interpreter)["whole_library"]
    assert found["codes"] > 1000
    assert found["wrong"] == []


@pytest.mark.sanitizer
def test_a_replaced_operand_is_used_and_not_leaked(any_interpreter: Interpreter) -> None:
    found = told(any_interpreter)["replaced"]
    assert found == {"found": [-1], "instead": 20, "leaked": 0, "after": 3}


def test_an_empty_slot_is_told_from_an_object(any_interpreter: Interpreter) -> None:
    assert told(any_interpreter)["empty_slot"] == [False, True]


def test_slots_that_do_not_exist_are_refused(any_interpreter: Interpreter) -> None:
    assert told(any_interpreter)["refused"] == ["IndexError"] * 2 + ["TypeError"] * 2
