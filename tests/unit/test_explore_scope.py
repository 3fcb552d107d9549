"""Which files are gilscope's own, and which of those are explored all the same."""

from __future__ import annotations

from pathlib import Path

import gilscope
from gilscope.explore.bytecode import stepwise
from gilscope.explore.bytecode.scope import LAB, OWN, Scope, is_own

FOLDER = Path(gilscope.__file__).resolve().parent


def test_all_of_gilscope_is_its_own_but_the_experiments() -> None:
    assert Path(OWN) == FOLDER
    assert is_own(str(FOLDER / "lab" / "race" / "experiment.py"))
    for experiment in ("fibonacci", "race", "refcount", "switch"):
        program = Path(LAB) / experiment / "program.py"
        assert program.is_file()
        assert not is_own(str(program))


def test_what_stands_in_for_c_code_is_explored() -> None:
    assert all(Scope().covers(each.__code__) for each in stepwise.STAND_INS.values())
