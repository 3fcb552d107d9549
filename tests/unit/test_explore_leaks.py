"""What executions leave in globals, with objects that are not what they say."""

from __future__ import annotations

import functools
import sys
import types
from typing import TYPE_CHECKING, Any

import iniconfig
import pytest

from gilscope.explore.engine.isolation.state import Snapshot
from gilscope.explore.engine.setting import Setting
from gilscope.explore.tries import FailingSchedule

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PROGRAM = '''
import array, collections, functools, io, queue, random, threading


class Proxy:
    """Says that it is a dict, as proxies do that stand for one."""

    __slots__ = ("inner",)

    def __init__(self, inner):
        self.inner = inner

    __class__ = property(lambda self: type(self.inner))


class Odd:
    def __eq__(self, other):
        raise RuntimeError("cannot be compared")

    def __hash__(self):
        return 1


class Slotted:
    __slots__ = ("set_before", "unset", "__dict__")

    def __init__(self):
        self.set_before = 1


class Derived(Slotted):
    __slots__ = ("more",)


class Listed(list):
    __slots__ = ("set_before", "unset", "__dict__")

    def __init__(self):
        self.set_before = 1


@functools.lru_cache
def doubled(number):
    return 2 * number


@functools.lru_cache
def known(number):
    return number


known(1)
proxy = Proxy({"kept": 1})
slotted = Slotted()
derived = Derived()
listed = Listed()
odd = {Odd()}
plain = []
ordered = collections.OrderedDict(b=1, a=2)
numbers = array.array("i", [1, 2])
text = io.StringIO("some text")
tokens = queue.SimpleQueue()
tokens.put(Odd())
chance = random.Random(1)
free = threading.Lock()
held = threading.Lock()
held.acquire()
'''


@pytest.fixture
def program(tmp_path: Path) -> Iterator[Any]:
    path = tmp_path / "leaking_here.py"
    path.write_text(PROGRAM)
    module = types.ModuleType("leaking_here")
    module.__file__ = str(path)
    exec(compile(PROGRAM, str(path), "exec"), vars(module))
    sys.modules["leaking_here"] = module
    yield module
    del sys.modules["leaking_here"]


def test_what_a_proxy_stands_for_is_put_back(program: Any) -> None:
    before = Snapshot()
    program.proxy.inner["new"] = 2
    program.plain.append(3)
    assert before.settle()
    assert program.proxy.inner == {"kept": 1}
    assert program.plain == []
    assert not [name for name in before.changed() if name.startswith("leaking_here.proxy")]


def test_slots_are_put_back(program: Any) -> None:
    before = Snapshot()
    objects = (program.slotted, program.derived, program.listed)
    for each in objects:
        each.unset = each.new = 2
    program.slotted.set_before = 2
    del program.derived.set_before
    program.listed.append(1)
    assert before.settle()
    for each in objects:
        assert each.set_before == 1
        assert not hasattr(each, "unset")
        assert not hasattr(each, "new")
    assert program.listed == []
    program.listed.unset = 3
    before.restore()  # what was seen to change
    assert not hasattr(program.listed, "unset")
    assert before.changed() == []


def test_slots_of_gilscope_are_left_alone(program: Any) -> None:
    program.schedule = FailingSchedule((), program.plain)
    before = Snapshot()
    program.schedule.choices = (2,)
    assert not before.settle()
    assert program.schedule.choices == (2,)


def test_what_cannot_be_compared_is_named(program: Any) -> None:
    before = Snapshot()
    program.odd.clear()
    program.odd.add(program.Odd())
    before.settle()
    assert "leaking_here.odd" in before.changed()


def test_what_c_code_keeps_is_put_back(program: Any) -> None:
    before = Snapshot()
    drawn = program.chance.random()
    program.ordered.move_to_end("b")
    program.numbers.append(3)
    program.text.write("another")
    token = program.tokens.get()
    program.tokens.put(1)
    program.free.acquire()
    program.held.release()
    program.doubled(4)
    assert before.settle()
    assert program.chance.random() == drawn
    assert list(program.ordered.items()) == [("b", 1), ("a", 2)]
    assert list(reversed(program.ordered)) == ["a", "b"]
    assert list(program.numbers) == [1, 2]
    assert (program.text.getvalue(), program.text.tell()) == ("some text", 0)
    assert program.tokens.get_nowait() is token
    assert program.tokens.empty()
    assert (program.free.locked(), program.held.locked()) == (False, True)
    assert program.doubled.cache_info().currsize == 0
    assert before.changed() == ["leaking_here.chance", "leaking_here.tokens"]  # by this test


def test_a_cache_that_was_not_empty_is_named(program: Any) -> None:
    before = Snapshot()
    program.known(1)
    assert not before.settle()
    program.known(2)
    before.settle()
    assert before.changed() == ["leaking_here.known"]


def test_submodules_that_were_imported_stay_in_their_package(program: Any) -> None:
    program.__path__ = []
    before = Snapshot()
    program.late, program.other = types.ModuleType("leaking_here.late"), 1
    assert before.settle()
    assert isinstance(program.late, types.ModuleType)
    assert not hasattr(program, "other")
    assert before.changed() == []


def test_packages_that_are_explored_are_put_back(program: Any) -> None:
    del program
    for include, is_put_back in ((set(), False), ({"iniconfig"}, True)):
        before = Snapshot(frozenset(include))
        iniconfig.added = 1  # type: ignore[attr-defined]
        assert before.settle() is is_put_back
        assert hasattr(iniconfig, "added") is not is_put_back
        vars(iniconfig).pop("added", None)


def test_what_lasts_beside_globals_is_put_back() -> None:
    numbers, more = [1], {"given": [2]}

    def test(given: dict[str, list[int]]) -> None:
        numbers.append(len(given))

    roots = Setting(lasting={"fixture": more}).roots(functools.partial(test, {}))
    before = Snapshot(frozenset(), roots)
    test(more)
    more["given"].append(3)
    assert before.settle()
    assert (numbers, more) == ([1], {"given": [2]})
    assert before.changed() == []
