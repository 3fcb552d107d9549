"""Lets every execution begin from the same state: what it left in globals is put back.

What can be put back are the globals of the user's modules, also of packages that are explored, and
the containers, instances, classes and closures that they lead to. Of what cannot, a changed picture
is found and named.
"""

from __future__ import annotations

import builtins
import sys
import types
from collections import deque
from contextlib import suppress
from enum import IntEnum
from functools import partial
from typing import TYPE_CHECKING, Any

from gilscope import _explorer
from gilscope.explore.bytecode.natures import HEAP_TYPE
from gilscope.explore.bytecode.scope import LIBRARY, SITES, is_own, is_users, package_of, real
from gilscope.explore.engine.isolation import opaque
from gilscope.explore.engine.isolation.opaque import OPAQUE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

MOST_OBJECTS = 20_000
PLAIN = (int, float, complex, str, bytes, bool, type(None), frozenset, range)
NEVER = (types.ModuleType, types.BuiltinFunctionType, types.MethodType, types.CodeType, property)
WRAPPED = "__wrapped__"  # what a proxy of C code stands for
RUNNER = ("_pytest.", "pluggy.", "xdist.", "gilscope.explore.engine.")
ELSEWHERE = (LIBRARY, *SITES)
IS_PLAIN = frozenset(PLAIN)


# By packages that are explored, too: of files of modules, whether they are. All modules are asked
# for each exploration.
_known_files: dict[frozenset[str], dict[str, bool]] = {}


def explored_modules(modules: list[Any], include: frozenset[str]) -> list[types.ModuleType]:
    """Those that are the user's, or of a package that is explored, too."""
    return _explorer.explored_modules(modules, *_explored_files(include))


def _explored_files(include: frozenset[str]) -> tuple[dict[str, bool], Callable[[str], bool]]:
    """What is known of files, and what to ask about others."""
    return _known_files.setdefault(include, {}), partial(_is_explored_file, include)


def _is_explored_file(include: frozenset[str], file: str) -> bool:
    if is_own(file):
        return False
    if file.startswith(ELSEWHERE):
        return bool(include) and package_of(real(file)) in include
    return is_users(file)


class Held(IntEnum):
    """What kind of content something has; as `enum held` of native/explore/kept.h."""

    SKIPPED = 0  # it never changes, or is never put back
    NOTHING = 1  # that could be put back, but it may lead to something
    DICT = 2
    LIST = 3
    DEQUE = 4
    BYTEARRAY = 5
    SET = 6
    CELL = 7
    CLASS = 8
    TUPLE = 9
    FUNCTION = 10
    OPAQUE = 11  # a state that C code keeps
    SLOTS = 12  # beside what else an instance holds


HELD: dict[type, Held] = {
    dict: Held.DICT,
    list: Held.LIST,
    deque: Held.DEQUE,
    bytearray: Held.BYTEARRAY,
    set: Held.SET,
    types.CellType: Held.CELL,
    type: Held.CLASS,
    tuple: Held.TUPLE,
}
Members = tuple[types.MemberDescriptorType, ...]
# What instances of a type hold, attributes that lead on, and its slots.
Kind = tuple[int, tuple[str, ...], Members]
Root = tuple[dict[str, Any], str]  # what is in it, and its name
Origin = tuple[Any, object]  # the origin of what led there, and the key
_kinds_in_c: dict[type, Kind] = {}  # of types that are not written in Python, and so never change


class Snapshot:
    """Everything mutable that the user's modules lead to, and what it contained.

    To look at all of it after each execution would take longer than some of them: after each, what
    was once seen to change is put back, and from time to time everything.
    """

    def __init__(self, include: frozenset[str] = frozenset(), more: Sequence[Root] = ()) -> None:
        """`more`: dictionaries beside the globals, that last from execution to execution."""
        self._changing: dict[tuple[int, int], tuple[Any, Any, int, Origin]] = {}
        modules = explored_modules(list(sys.modules.values()), include)
        roots = [*((vars(each), each.__name__) for each in modules), *more]
        kinds = dict(_kinds_in_c)
        self._kept, failed = _explorer.find_kept(
            roots,
            kinds,
            _kind_of,
            *_explored_files(include),
            opaque.state_of,
            MOST_OBJECTS,
        )
        self._failed = {_named(each) for each in failed}  # could not be looked at, or put back

    def restore(self) -> None:
        """Put back what is known to change."""
        if self._changing:
            self._put_back(list(self._changing.values()))

    def settle(self) -> bool:
        """Put back everything; True if something changed that was not known to.

        Executions since the last time may have begun from another state than they should.
        """
        known = len(self._changing)
        for each in self._put_back(self._kept):
            self._changing[id(each[0]), each[2]] = each
        return len(self._changing) > known

    def _put_back(self, kept: list[Any]) -> list[Any]:
        """What had changed."""
        changed = []
        for each, is_certain in _differing(kept):
            if is_certain and self._is_put_back(*each):
                changed.append(each)
            else:  # keys and items are compared by the program's own code, which may do anything
                self._failed.add(_named(each[3]))
        return changed

    @staticmethod
    def _is_put_back(value: Any, content: Any, held: int, _: Origin) -> bool:
        try:
            PUT_BACK[held](value, content)
        except Exception:  # noqa: BLE001 # as above
            return False
        return True

    def changed(self) -> list[str]:
        """What does not contain what it did, as far as anyone can tell."""
        names = {_named(each[3]) for each, _ in _differing(self._kept)}
        return sorted(self._failed | names)


def _differing(kept: list[Any]) -> Iterator[tuple[Any, bool]]:
    """What does not contain what it did, and whether that is certain."""
    for index in _explorer.differing(kept, IS_PLAIN, opaque.state_of):
        yield kept[max(index, ~index)], index >= 0


def _named(origin: Origin) -> str:
    """How to get at something, from its module on."""
    path = []
    before: Any = origin
    while before is not None:
        before, key = before
        path.append(_shown(key))
    return ".".join(reversed(path))


def _kind_of(kind: type) -> Kind:
    """Of the instances of a type: not what they say that they are, as proxies say it of what they
    stand for.
    """
    found = _look_at(kind)
    if not kind.__flags__ & HEAP_TYPE:
        _kinds_in_c[kind] = found
    return found


def _look_at(kind: type) -> Kind:
    if issubclass(kind, (*PLAIN, *NEVER)):
        return Held.SKIPPED, (), ()
    if is_runners(kind):
        return Held.NOTHING, (), ()
    if kind is types.FunctionType:
        return Held.FUNCTION, ("__dict__",), ()
    if kind in OPAQUE:
        return Held.OPAQUE, _explorer.leading(kind, WRAPPED), ()
    held = next((held for base, held in HELD.items() if issubclass(kind, base)), Held.NOTHING)
    if held in (Held.CLASS, Held.TUPLE):
        return held, (), ()
    return held, _explorer.leading(kind, WRAPPED), _slots_of(kind)


def _slots_of(kind: type) -> Members:
    """Of a class in Python and those that it derives from; none of gilscope's own."""
    module = sys.modules.get(kind.__module__)
    if is_own(getattr(module, "__file__", None) or ""):
        return ()
    return tuple(
        member
        for each in kind.__mro__
        if "__slots__" in vars(each)
        for member in vars(each).values()
        if type(member) is types.MemberDescriptorType and member.__objclass__ is each
    )


def _shown(key: object) -> str:
    return str(key) if type(key) in PLAIN else f"[{type(key).__name__}]"


def is_runners(kind: type) -> bool:
    """Of what runs tests, and goes on between executions; marks only carry values of tests."""
    module = str(kind.__module__)
    return module.startswith(RUNNER) and not module.startswith("_pytest.mark")


def _dict(value: dict[Any, Any], content: dict[Any, Any]) -> None:
    if "__path__" in content:
        _adopt_imports(value, content)
    if value is vars(builtins):  # all code needs them, this too
        for name in value.keys() - content.keys():
            del value[name]
    else:
        dict.clear(value)
    dict.update(value, content)


def _adopt_imports(package: dict[Any, Any], content: dict[Any, Any]) -> None:
    """Modules that were imported meanwhile stay in their package: nobody imports them again."""
    for name, each in package.items():
        if isinstance(each, types.ModuleType) and name not in content:
            content[name] = each


def _sequence(kind: Any, value: Any, content: Any) -> None:
    kind.clear(value)
    kind.extend(value, content)


def _set(value: set[Any], content: set[Any]) -> None:
    set.clear(value)
    set.update(value, content)


def _cell(value: types.CellType, content: tuple[object, ...]) -> None:
    if content:
        value.cell_contents = content[0]
    else:
        del value.cell_contents


def _slots(value: object, content: tuple[Members, tuple[object, ...]]) -> None:
    members, values = content
    for member, each in zip(members, values, strict=True):
        if each is not members:
            member.__set__(value, each)
        else:  # it was not set
            with suppress(AttributeError):
                member.__delete__(value)


def _class(value: type, content: dict[str, Any]) -> None:
    for name in vars(value).keys() - content.keys():
        type.__delattr__(value, name)
    for name, each in content.items():
        if vars(value).get(name) is not each:
            type.__setattr__(value, name, each)


PUT_BACK: dict[int, Callable[[Any, Any], None]] = {
    Held.DICT: _dict,
    Held.LIST: partial(_sequence, list),
    Held.DEQUE: partial(_sequence, deque),
    Held.BYTEARRAY: partial(_sequence, bytearray),
    Held.SET: _set,
    Held.CELL: _cell,
    Held.CLASS: _class,
    Held.OPAQUE: opaque.put_back,
    Held.SLOTS: _slots,
}
