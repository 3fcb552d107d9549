"""Lets every execution begin from the same state: what it left in globals is put back.

What can be put back are the globals of the user's modules, and the containers, instances, classes
and closures that they lead to. Of what cannot, a changed picture is found and named.
"""

from __future__ import annotations

import builtins
import sys
import types
from collections import deque
from operator import is_
from typing import TYPE_CHECKING, Any

from gilscope.explore.places import LIBRARY, SITES, is_users

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

MOST_OBJECTS = 20_000
PLAIN = (int, float, complex, str, bytes, bool, type(None), frozenset, range)
NEVER = (types.ModuleType, types.BuiltinFunctionType, types.MethodType, types.CodeType, property)
WRAPPED = "__wrapped__"  # what a proxy of C code stands for
RUNNER = ("_pytest.", "pluggy.", "xdist.")
EMPTY = object()  # the content of a cell that has none


def users_modules() -> Iterator[types.ModuleType]:
    for module in list(sys.modules.values()):
        file = getattr(module, "__file__", None)
        if isinstance(file, str) and not file.startswith((LIBRARY, *SITES)) and is_users(file):
            yield module


class Snapshot:
    """Everything mutable that the user's modules lead to, and what it contained.

    To look at all of it after each execution would take longer than most of them: after each, what
    was once seen to change is put back, and from time to time everything.
    """

    def __init__(self) -> None:
        self._changing: dict[int, tuple[Any, Any]] = {}
        self._kept: list[tuple[Any, Any]] = []
        self._seen: set[int] = set()
        self._names: dict[int, str] = {}  # of what was reached
        self._failed: set[str] = set()  # what could not be looked at, or put back
        for module in users_modules():
            self._keep(vars(module), module.__name__)

    def _keep(self, root: object, name: str) -> None:
        todo: list[tuple[object, str]] = [(root, name)]
        while todo and len(self._kept) < MOST_OBJECTS:
            value, path = todo.pop()
            if issubclass(type(value), (*PLAIN, *NEVER)) or id(value) in self._seen:
                continue
            self._seen.add(id(value))
            if is_runners(value):
                continue
            self._names[id(value)] = path
            try:
                content = content_of(value)
                inside = [(each, f"{path}.{_shown(key)}") for key, each in parts(content)]
            except Exception:  # noqa: BLE001 # a container of the program's own may do anything
                self._failed.add(path)
                continue
            if content is not None:
                self._kept.append((value, content))
            todo += inside
            todo += [(each, path) for each in attributes(value)]

    def restore(self) -> None:
        """Put back what is known to change."""
        for value, content in self._changing.values():
            self._put_back(value, content)

    def settle(self) -> bool:
        """Put back everything; True if something changed that was not known to.

        Executions since the last time may have begun from another state than they should.
        """
        known = len(self._changing)
        for value, content in self._kept:
            if self._put_back(value, content):
                self._changing[id(value)] = (value, content)
        return len(self._changing) > known

    def _put_back(self, value: Any, content: Any) -> bool:
        """Whether it had changed."""
        try:
            if contains(value, content):
                return False
            put_back(value, content)
        except Exception:  # noqa: BLE001 # keys and items are compared by the program's own code
            self._failed.add(self._names[id(value)])
            return False
        return True

    def changed(self) -> list[str]:
        """What does not contain what it did, as far as anyone can tell."""
        found = set(self._failed)
        for value, content in self._kept:
            try:
                same = contains(value, content)
            except Exception:  # noqa: BLE001 # as above
                same = False
            if not same:
                found.add(self._names[id(value)])
        return sorted(found)


def content_of(value: object) -> Any:
    """A copy of what an object contains; None where it contains nothing that can change."""
    match kind_of(value):
        case None:
            return None
        case types.CellType:
            return _content_of_cell(value)
        case kind if kind is type:
            return dict(vars(value)) if is_users_class(value) else None  # type: ignore[arg-type]
        case kind:
            return kind.copy(value)


def kind_of(value: object) -> Any:
    """What an object is; not what it says that it is, as proxies say it of what they stand for."""
    return next((kind for kind in PUT_BACK if issubclass(type(value), kind)), None)


def _content_of_cell(cell: Any) -> tuple[object]:
    try:
        return (cell.cell_contents,)
    except ValueError:
        return (EMPTY,)


def _shown(key: object) -> str:
    return str(key) if type(key) in PLAIN else f"[{type(key).__name__}]"


def is_runners(value: object) -> bool:
    """Of the test runner, which goes on between executions; marks only carry values of tests."""
    module = str(type(value).__module__)
    return module.startswith(RUNNER) and not module.startswith("_pytest.mark")


def is_users_class(value: type) -> bool:
    module = sys.modules.get(value.__module__)
    file = getattr(module, "__file__", None)
    return isinstance(file, str) and is_users(file) and not file.startswith(SITES)


def attributes(value: Any) -> Iterator[object]:
    """What an object leads to beside its content. Runs no code of the program."""
    kind = type(value)
    if kind is types.FunctionType:
        yield from value.__closure__ or ()
        yield from value.__defaults__ or ()
        yield value.__dict__
    elif issubclass(kind, tuple):
        yield from tuple.__iter__(value)
    elif not issubclass(kind, type):
        yield _attribute(value, "__dict__")
        for each in kind.__mro__:
            for name, member in each.__dict__.items():
                if type(member) is types.MemberDescriptorType or name == WRAPPED:
                    yield _attribute(value, name)


def _attribute(value: object, name: str) -> object:
    try:
        return object.__getattribute__(value, name)
    except Exception:  # noqa: BLE001 # not set, or by C code that says no
        return None


def parts(content: Any) -> Iterator[tuple[object, object]]:
    if isinstance(content, dict):
        yield from dict.items(content)
    elif isinstance(content, list | tuple | deque | set):
        yield from (("[]", each) for each in content)


def contains(value: Any, content: Any) -> bool:
    """Whether an object contains the same objects as it did, in the same order."""
    match kind_of(value):
        case types.CellType:
            return _content_of_cell(value)[0] is content[0]
        case kind if kind is set or kind is bytearray:
            return bool(kind.__eq__(value, content))
        case kind if kind is type:
            return _same_items(dict(vars(value)), content)
        case kind if kind is dict:
            return _same_items(value, content)
        case kind:
            return kind.__len__(value) == len(content) and all(
                map(is_, kind.__iter__(value), content)
            )


def _same_items(value: dict[Any, Any], content: dict[Any, Any]) -> bool:
    if dict.__len__(value) != dict.__len__(content):
        return False
    same_keys = all(map(_is_same_key, dict.keys(value), dict.keys(content)))
    return same_keys and all(map(is_, dict.values(value), dict.values(content)))


def _is_same_key(one: object, other: object) -> bool:
    return one is other or (type(one) is type(other) and type(one) in PLAIN and one == other)


def put_back(value: Any, content: Any) -> None:
    PUT_BACK[kind_of(value)](value, content)


def _dict(value: dict[Any, Any], content: dict[Any, Any]) -> None:
    if value is vars(builtins):  # all code needs them, this too
        for name in value.keys() - content.keys():
            del value[name]
    else:
        dict.clear(value)
    dict.update(value, content)


def _sequence(value: Any, content: Any) -> None:
    kind = kind_of(value)
    kind.clear(value)
    kind.extend(value, content)


def _set(value: set[Any], content: set[Any]) -> None:
    set.clear(value)
    set.update(value, content)


def _cell(value: types.CellType, content: tuple[object]) -> None:
    if content[0] is EMPTY:
        del value.cell_contents
    else:
        value.cell_contents = content[0]


def _class(value: type, content: dict[str, Any]) -> None:
    for name in vars(value).keys() - content.keys():
        type.__delattr__(value, name)
    for name, each in content.items():
        if vars(value).get(name) is not each:
            type.__setattr__(value, name, each)


PUT_BACK: dict[Any, Callable[[Any, Any], None]] = {
    dict: _dict,
    list: _sequence,
    deque: _sequence,
    bytearray: _sequence,
    set: _set,
    types.CellType: _cell,
    type: _class,
}
