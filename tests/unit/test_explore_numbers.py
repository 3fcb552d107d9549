"""Numbers that native code and Python code of explore both name: they are the same."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from gilscope import _explorer
from gilscope.explore.bytecode import instructions
from gilscope.explore.bytecode.doubts import Unknown
from gilscope.explore.bytecode.effects import rows
from gilscope.explore.bytecode.effects.rows import Unmodelled
from gilscope.explore.bytecode.effects.threads import Request
from gilscope.explore.bytecode.natures import Nature
from gilscope.explore.bytecode.opcodes import SiteKind, Source
from gilscope.explore.engine.isolation.state import Held
from gilscope.explore.search import steps

if TYPE_CHECKING:
    from enum import IntEnum

WHOLE: dict[str, type[IntEnum]] = {
    "site_kind": SiteKind,
    "source": Source,
    "unknown": Unknown,
    "nature": Nature,
    "held": Held,
    "unmodelled": Unmodelled,
}
NAMED: dict[str, object] = {
    "site_flag": instructions,
    "mode": steps,
    "doubt": steps,
    "what": rows,
    "operand": rows,
    "row_flag": rows,
    "request": Request,  # of which C code makes only some itself
}


@pytest.mark.parametrize("name", WHOLE)
def test_enumerations_have_the_same_members(name: str) -> None:
    members = {each.name: int(each) for each in WHOLE[name]}
    assert members == _explorer.NUMBERS[name]


@pytest.mark.parametrize("name", NAMED)
def test_numbers_of_one_name_are_the_same(name: str) -> None:
    holder = NAMED[name]
    for each, value in _explorer.NUMBERS[name].items():
        assert getattr(holder, each) == value, each


def test_all_that_is_published_is_compared() -> None:
    assert WHOLE.keys() | NAMED.keys() == _explorer.NUMBERS.keys()


def test_each_part_of_an_operand_has_a_number_in_native_code() -> None:
    """Every row of the tables names one of them."""
    whats = set(_explorer.NUMBERS["what"].values())
    tables = [each for each in vars(rows).values() if isinstance(each, tuple) and len(each) == 3]
    assert tables
    assert {what for _, what, _ in tables} <= whats
