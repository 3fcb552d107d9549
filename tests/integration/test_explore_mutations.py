"""An entry that is taken out of any of explore's tables is missed by a test."""

from __future__ import annotations

import gc
import sys
import time
from typing import TYPE_CHECKING

import pytest

from gilscope.explore.bytecode.effects import CLOCKS, TABLE, Unmodelled, model_of
from gilscope.explore.bytecode.effects.rows import LOOK, REPLACED
from gilscope.explore.bytecode.effects.unknown import EVERYWHERE
from gilscope.explore.search.steps import WRITE
from support.exploreprocess import told_by

if TYPE_CHECKING:
    from collections.abc import Callable

    from support.interpreters import Interpreter

# What the instances of each type are, said a second time. Modules differ by version, and are left
# out.
NATURES = {
    "LEAF": "NoneType NotImplementedType bool bytes code complex ellipsis float int range str date"
    " timedelta Decimal Pattern",
    "HOLDER": "builtin_function_or_method frozenset method method-wrapper slice tuple datetime time"
    " timezone attrgetter itemgetter methodcaller Match struct_time GenericAlias",
    "CONTAINER": "array bytearray dict list set OrderedDict defaultdict deque",
    "ITERATOR": "_deque_iterator _deque_reverse_iterator arrayiterator bytearray_iterator"
    " bytes_iterator callable_iterator dict_itemiterator dict_keyiterator"
    " dict_reverseitemiterator dict_reversekeyiterator dict_reversevalueiterator"
    " dict_valueiterator enumerate filter generic_alias_iterator iterator list_iterator"
    " list_reverseiterator longrange_iterator map memory_iterator odict_iterator range_iterator"
    " reversed set_iterator str_ascii_iterator str_iterator tuple_iterator zip _grouper _tee"
    " _tee_dataobject accumulate chain combinations combinations_with_replacement compress count"
    " cycle dropwhile filterfalse groupby islice pairwise permutations product repeat starmap"
    " takewhile zip_longest",
    "VIEW": "dict_items dict_keys dict_values mappingproxy odict_items odict_keys odict_values",
    "GENERATOR": "async_generator coroutine generator",
    "INSTANCE": "object tzinfo SimpleNamespace",
    "KNOWN": "blake2b blake2s Context ContextVar Token HASH HASHXOF SimpleQueue Random socket"
    " SRE_Scanner Struct RLock lock cell classmethod classmethod_descriptor frame function"
    " getset_descriptor member_descriptor method_descriptor module property staticmethod super"
    " traceback type wrapper_descriptor _lru_cache_wrapper partial epoll poll Compress Decompress",
    "WEAK": "ReferenceType",
    "LOCAL": "_local",
}
OF_SOME_VERSIONS = {"batched", "UnionType", "Union"}
LEAST_ENTRIES = 3_500
LOOKS_EVERYWHERE: tuple[Callable[..., object], ...] = (
    *(gc.collect, gc.get_objects, gc.get_referents, gc.get_referrers),
    *(sys._current_frames, sys._current_exceptions, type.__subclasses__),
)


def test_each_instruction_and_function_is_missed(any_interpreter: Interpreter) -> None:
    told = told_by(str(any_interpreter.python), "mutated_tables.py")
    assert told["entries"] > LEAST_ENTRIES
    assert told["survivors"] == []


@pytest.mark.parametrize("nature", NATURES)
def test_each_type_is_missed(any_interpreter: Interpreter, nature: str) -> None:
    types = told_by(str(any_interpreter.python), "mutated_tables.py")["types"]
    found = {name.rpartition(".")[2] for name, each in types.items() if each == nature}
    assert found - OF_SOME_VERSIONS == set(NATURES[nature].split())


def test_what_looks_everywhere_is_unknown_wherever_other_threads_are() -> None:
    models = [model_of(each) for each in LOOKS_EVERYWHERE]
    assert all(each[0] is Unmodelled.EVERYWHERE for each in models), models
    registering = {"_abc._abc_register", "_abc._reset_registry", "_abc._reset_caches"}
    assert {str(each[1]) for each in models} | registering == EVERYWHERE


def test_each_clock_is_replaced() -> None:
    clocks = ["monotonic", "perf_counter", "time", "monotonic_ns", "perf_counter_ns", "time_ns"]
    assert [each.__name__ for each in CLOCKS.values()] == clocks
    kinds = {name: [row[2] for row in _rows(name) if row[1] == REPLACED] for name in clocks}
    assert {name: [CLOCKS[each] for each in found] for name, found in kinds.items()} == {
        name: [getattr(time, name)] for name in clocks
    }
    assert all((0, LOOK, WRITE) in _rows(name) for name in clocks)


def _rows(name: str) -> list[tuple[int, int, int]]:
    rows = TABLE["time"][name]
    assert rows
    return list(rows)
