"""The tables of what functions in C touch: their shape, and how a function is found in them."""

from __future__ import annotations

import _heapq
import _random
import ast
import functools
import importlib
import inspect
import itertools
import operator
import os
import pkgutil
import threading
import time
from collections import Counter, OrderedDict, defaultdict, deque
from typing import TYPE_CHECKING, Any

import pytest

from gilscope.explore.bytecode import effects
from gilscope.explore.bytecode.effects import rows, threads
from gilscope.explore.search.steps import READ, WRITE

if TYPE_CHECKING:
    import types
    from collections.abc import Callable, Iterator

MANY = (rows.ALL_ARGUMENTS, rows.ALL_KEYWORDS, rows.ALL_POSITIONAL)
NAMING = ("each", "unknown", "alike")
MODULES = [
    importlib.import_module(f"{effects.__name__}.{each.name}")
    for each in pkgutil.iter_modules(effects.__path__)
]
FLAGS = (
    rows.NEVER_ATOMIC
    | rows.NOT_ATOMIC
    | rows.LOCKS_LIST
    | rows.LOCKS_SET
    | rows.LOCKS_DICT
    | rows.LOCKS_VIEW
)
KINDS = (rows.REQUEST, rows.REPLACED, rows.STEPS)  # their modes are numbers of other things


def rows_of(function: object) -> set[rows.Row]:
    model = effects.model_of(function)
    assert isinstance(model, bytes), model
    return {(model[i], model[i + 1], model[i + 2]) for i in range(0, len(model), 3)}


def parts(kind: type[ast.AST]) -> Iterator[tuple[str, ast.AST, Callable[[ast.expr], Any]]]:
    """Expressions of the tables, and what gives the value of a part of one."""
    for module in MODULES:

        def value(part: ast.expr, module: types.ModuleType = module) -> Any:
            code = ast.fix_missing_locations(ast.Expression(part))
            return eval(compile(code, module.__name__, "eval"), vars(module))

        for node in ast.walk(ast.parse(inspect.getsource(module))):
            if isinstance(node, kind):
                yield f"{module.__name__}:{getattr(node, 'lineno', 0)}", node, value


def test_no_table_names_a_function_twice() -> None:
    """Otherwise a row could be removed from a table, and another take its place unnoticed."""
    found: dict[str, Counter[str]] = {}
    for place, node, value in parts(ast.Dict):
        assert isinstance(node, ast.Dict)
        names = [
            each
            for key, part in zip(node.keys, node.values, strict=True)
            for each in (value(part) if key is None else [value(key)])
            if not isinstance(key, ast.JoinedStr | ast.Attribute)
        ]
        found[place] = Counter(map(str, names))
    for place, node, value in parts(ast.Call):
        assert isinstance(node, ast.Call)
        called = getattr(node.func, "id", "")
        if called in NAMING and isinstance(node.args[0], ast.Constant | ast.JoinedStr):
            found[f"{place} call"] = Counter(value(node.args[0]).split())
    twice = {place: [k for k, n in names.items() if n > 1] for place, names in found.items()}
    assert len(found) > 500
    assert {place: names for place, names in twice.items() if names} == {}


def test_no_function_stands_in_two_tables() -> None:
    named = Counter(
        (owner, name)
        for module in MODULES
        for owner, table in getattr(module, "TABLE", {}).items()
        for name in table
    )
    named.update((owner, name) for owner, names in threads.UNREPEATABLE.items() for name in names)
    assert [each for each, count in named.items() if count > 1] == []
    assert len(named) > 3000


def test_rows_are_operands_of_known_kinds() -> None:
    whats = {value for name, value in vars(rows).items() if name.isupper() and value in range(32)}
    for owner, table in effects.TABLE.items():
        for name, found in table.items():
            for operand, what, mode in found or ():
                assert operand <= 3 or operand in MANY, name
                assert what in whats, (owner, name)
                assert what in KINDS or mode & ~FLAGS in (READ, WRITE), (owner, name)
                exempt = mode & FLAGS & ~rows.NOT_ATOMIC & ~rows.NEVER_ATOMIC
                assert what in KINDS or not exempt or mode & rows.NOT_ATOMIC, (owner, name)


def test_what_has_a_table_is_not_known_to_be_unknown() -> None:
    """Otherwise it would count as looked at when a name is removed from the table."""
    for owner in effects.TABLE:
        assert not effects.is_classified(owner, "removed"), owner


def test_a_name_that_no_table_has_is_unknown(monkeypatch: pytest.MonkeyPatch) -> None:
    assert rows_of(list.append) == {(0, rows.APPEND, WRITE)}
    assert effects.is_classified("builtins.list", "append")
    monkeypatch.delitem(effects.TABLE["builtins.list"], "append")
    assert effects.model_of(list.append) == (effects.Unmodelled.EFFECTS, "builtins.list.append")
    assert not effects.is_classified("builtins.list", "append")


class Own(list[int]):
    pass


def test_a_function_is_found_however_one_gets_at_it() -> None:
    append = effects.model_of(list.append)
    assert effects.model_of([].append) == append
    assert effects.model_of(Own().append) == append
    assert effects.model_of(vars(list)["append"]) == append
    assert effects.model_of(dict.fromkeys) == effects.model_of(vars(dict)["fromkeys"])
    assert effects.owner_and_name(str.maketrans) == ("builtins.str", "maketrans")
    assert effects.owner_and_name(dict.__new__) == ("builtins.dict", "__new__")
    assert effects.owner_and_name(functools.partial(abs)) == ("functools.partial", "__call__")
    assert effects.owner_and_name(OrderedDict) == ("collections", "OrderedDict")


@pytest.mark.parametrize("function", [eval, exec, breakpoint, os.kill])
def test_what_nobody_can_say_is_named(function: object) -> None:
    model = effects.model_of(function)
    assert isinstance(model, tuple)
    assert model[0] is effects.Unmodelled.EFFECTS
    assert model[1].endswith(f".{function.__name__}")  # type: ignore[attr-defined]


@pytest.mark.parametrize("function", [os.urandom, os.times, time.process_time, time.thread_time])
def test_what_is_another_each_time_is_marked(function: object) -> None:
    model = effects.model_of(function)
    assert isinstance(model, tuple)
    assert model[0] is effects.Unmodelled.ANSWER


def test_each_clock_is_replaced() -> None:
    for kind, clock in effects.CLOCKS.items():
        assert rows_of(clock) == {(0, rows.REPLACED, kind), (0, rows.LOOK, WRITE)}


def test_a_lock_asks_the_scheduler() -> None:
    lock = threading.Lock()
    assert rows_of(lock.acquire) == {(0, rows.REQUEST, effects.Request.ACQUIRE)}
    assert rows_of(threading.RLock().release) == {(0, rows.REQUEST, effects.Request.RELEASE)}


def mode_of(function: object, operand: int, what: int) -> int:
    modes = {each[2] for each in rows_of(function) if each[:2] == (operand, what)}
    assert len(modes) == 1
    return modes.pop()


@pytest.mark.parametrize(
    ("function", "locks"),
    [
        (list, rows.LOCKS_LIST | rows.LOCKS_SET | rows.LOCKS_DICT | rows.LOCKS_VIEW),
        (list.extend, rows.LOCKS_LIST | rows.LOCKS_SET | rows.LOCKS_DICT | rows.LOCKS_VIEW),
        (sorted, rows.LOCKS_LIST | rows.LOCKS_SET | rows.LOCKS_DICT | rows.LOCKS_VIEW),
        (str.join, rows.LOCKS_LIST | rows.LOCKS_SET | rows.LOCKS_DICT | rows.LOCKS_VIEW),
        (tuple, rows.LOCKS_LIST),
        (set, rows.LOCKS_SET | rows.LOCKS_DICT),
        (frozenset, rows.LOCKS_SET | rows.LOCKS_DICT),
        (sum, 0),
        (max, 0),
        (any, 0),
        (deque, 0),
        (deque.extend, 0),
    ],
)
def test_what_is_read_under_a_lock_without_the_gil(function: object, locks: int) -> None:
    mode = mode_of(function, rows.ALL_ARGUMENTS, rows.SOURCES)
    assert mode == rows.NOT_ATOMIC | locks


@pytest.mark.parametrize("function", [list.copy, dict.copy, set.copy])
def test_copies_of_builtin_containers_are_atomic(function: object) -> None:
    assert rows_of(function) == {(0, rows.COPY, READ)}


@pytest.mark.parametrize("function", [deque.copy, deque.__copy__, defaultdict.copy])
def test_copies_of_others_are_not(function: object) -> None:
    assert rows_of(function) == {(0, rows.COPY, READ | rows.NOT_ATOMIC)}


@pytest.mark.parametrize(
    "function",
    [
        *(list.__eq__, list.__contains__, list.index, dict.__eq__, list.count),
        *(OrderedDict.move_to_end, bytearray.append, _heapq.heappush, defaultdict.__missing__),
    ],
)
def test_what_is_not_atomic_without_the_gil(function: object) -> None:
    assert any(mode & rows.NOT_ATOMIC for _, what, mode in rows_of(function) if what not in KINDS)


def test_a_shared_counter_is_atomic() -> None:
    assert rows_of(type(itertools.count()).__next__) == {(0, rows.ALL, WRITE)}


@pytest.mark.parametrize(
    ("function", "operand"),
    [
        *((sorted, rows.ALL_KEYWORDS), (min, rows.ALL_KEYWORDS), (max, rows.ALL_KEYWORDS)),
        *((list.sort, rows.ALL_KEYWORDS), (functools.reduce, rows.ALL_ARGUMENTS)),
        *((map(abs, []).__next__, 0), (functools.lru_cache(abs), 0), (functools.partial(abs), 0)),
        *((defaultdict.__missing__, 0), (operator.call, 1)),
    ],
)
def test_what_calls_back_says_so(function: object, operand: int) -> None:
    assert mode_of(function, operand, rows.CALLBACK) == READ


def test_chance_is_told_from_a_seed() -> None:
    seed = _random.Random(1).seed
    assert mode_of(seed, 1, rows.ELSE_UNREPEATABLE) == READ
    assert mode_of(time.localtime, 1, rows.ELSE_UNREPEATABLE) == READ
    assert mode_of(time.strftime, 2, rows.ELSE_UNREPEATABLE) == READ


@pytest.mark.parametrize("function", [print, open, os.mkdir, os.unlink, os.putenv])
def test_what_lies_outside_is_one_location(function: object) -> None:
    assert mode_of(function, 0, rows.OUTSIDE) == WRITE


def test_immutable_types_have_no_attributes_of_their_own() -> None:
    assert not effects.IMMUTABLE & effects.IMMUTABLE_HOLDERS
    for kind in effects.IMMUTABLE | effects.IMMUTABLE_HOLDERS:
        assert kind.__dictoffset__ == 0, kind
    mutable = {*(list, dict, set, bytearray, deque, type), type(functools), type(mode_of)}
    mutable |= {type(functools.partial(abs)), type(iter([])), type(property()), BaseException}
    assert not mutable & (effects.IMMUTABLE | effects.IMMUTABLE_HOLDERS)
