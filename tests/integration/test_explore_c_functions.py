"""The tables of functions in C against the functions that each interpreter has."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from gilscope.explore.bytecode.effects import TABLE
from gilscope.explore.bytecode.effects.threads import UNREPEATABLE
from gilscope.explore.bytecode.effects.unknown import UNKNOWN_MODULES, UNKNOWN_TYPES
from support.exploreprocess import told_by
from support.interpreters import WANTED, interpreters

if TYPE_CHECKING:
    from support.interpreters import Interpreter

# Not every build of CPython has these.
OPTIONAL = {"_curses", "_dbm", "_lzma", "_bz2", "_zstd", "compression.zstd", "readline", "_uuid"}
CHANGED = {
    ("builtins.list", "append", 0),
    ("builtins.list", "__setitem__", 0),
    ("builtins.dict", "setdefault", 0),
    ("builtins.dict", "__getitem__", 0),  # of a defaultdict
    ("builtins.set", "__isub__", 0),
    ("builtins.bytearray", "extend", 1),  # an iterator that it was given
    ("builtins.list_iterator", "__next__", 0),
    ("builtins.BaseException", "add_note", 0),
    ("collections.deque", "rotate", 0),
    ("itertools.count", "__next__", 0),
    ("functools._lru_cache_wrapper", "__call__", 0),
    ("_heapq", "heappush", 1),
    ("_io.StringIO", "write", 0),
    ("_operator", "iadd", 1),
    ("_operator", "contains", 1),
    ("_random.Random", "random", 0),
    ("builtins", "next", 1),
    ("builtins", "sum", 1),
}


def test_every_function_in_c_has_been_looked_at(any_interpreter: Interpreter) -> None:
    told = told_by(str(any_interpreter.python), "c_functions.py")
    assert len(told["present"]) > 3500
    new = told["unclassified"]
    assert not new, f"say in src/gilscope/explore/bytecode/effects/ what these touch: {new}"


def test_what_a_function_changes_its_model_writes(any_interpreter: Interpreter) -> None:
    told = told_by(str(any_interpreter.python), "c_effects.py")
    assert {tuple(each) for each in told["changes"]} >= CHANGED
    assert told["faults"] == []


def test_no_table_names_what_no_interpreter_has() -> None:
    """A name may be of some versions only: 3.11 to 3.15 are looked at together."""
    if {each.tag for each in interpreters()} < set(WANTED):
        pytest.skip("not all interpreters are here")
    present = {
        tuple(each)
        for interpreter in interpreters()
        for each in told_by(str(interpreter.python), "c_functions.py")["present"]
    }
    owners = {owner for owner, _ in present}
    named = {(owner, name) for owner, table in TABLE.items() for name in table}
    named |= {(owner, name) for owner, names in UNREPEATABLE.items() for name in names}
    assert [each for each in named - present if each[0] not in OPTIONAL] == []
    assert UNKNOWN_TYPES - owners == set()
    modules = owners | {owner.rpartition(".")[0] for owner in owners}
    assert UNKNOWN_MODULES - modules - OPTIONAL == set()
