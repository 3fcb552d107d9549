"""Lets every execution begin from the same state: what it left in globals is put back.

What can be put back are the globals of the user's modules, and the containers, instances, classes
and closures that they lead to. Of what cannot, a changed picture is found and named.
"""

from __future__ import annotations

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
        self._names: dict[int, str] = {}  # of containers that were reached
        for module in users_modules():
            self._keep(vars(module), module.__name__)

    def _keep(self, root: object, name: str) -> None:
        todo: list[tuple[object, str]] = [(root, name)]
        while todo and len(self._kept) < MOST_OBJECTS:
            value, path = todo.pop()
            if isinstance(value, (*PLAIN, *NEVER)) or id(value) in self._seen or is_runners(value):
                continue
            self._seen.add(id(value))
            content = content_of(value)
            if content is not None:
                self._kept.append((value, content))
                self._names[id(value)] = path
                todo += [(each, f"{path}.{key}") for key, each in parts(content)]
            todo += [(each, path) for each in attributes(value)]

    def restore(self) -> None:
        """Put back what is known to change."""
        for value, content in self._changing.values():
            if not contains(value, content):
                put_back(value, content)

    def settle(self) -> bool:
        """Put back everything; True if something changed that was not known to.

        Executions since the last time may have begun from another state than they should.
        """
        known = len(self._changing)
        for value, content in self._kept:
            if not contains(value, content):
                put_back(value, content)
                self._changing[id(value)] = (value, content)
        return len(self._changing) > known

    def changed(self) -> list[str]:
        """What does not contain what it did."""
        return [
            self._names[id(value)] for value, content in self._kept if not contains(value, content)
        ]


def content_of(value: object) -> Any:
    """A copy of what an object contains; None where it contains nothing that can change."""
    if isinstance(value, dict):
        return dict.copy(value)
    if isinstance(value, list | deque | set | bytearray):
        return value.copy()
    if isinstance(value, types.CellType):
        try:
            return (value.cell_contents,)
        except ValueError:
            return (EMPTY,)
    if isinstance(value, type):
        return dict(vars(value)) if is_users_class(value) else None
    return None


def is_runners(value: object) -> bool:
    """Of the test runner, which goes on between executions; marks only carry values of tests."""
    module = str(type(value).__module__)
    return module.startswith(RUNNER) and not module.startswith("_pytest.mark")


def is_users_class(value: type) -> bool:
    module = sys.modules.get(value.__module__)
    file = getattr(module, "__file__", None)
    return isinstance(file, str) and is_users(file) and not file.startswith(SITES)


def attributes(value: object) -> Iterator[object]:
    """What an object leads to beside its content."""
    if isinstance(value, types.FunctionType):
        yield from value.__closure__ or ()
        yield from value.__defaults__ or ()
        yield value.__dict__
    elif isinstance(value, tuple):
        yield from value
    elif not isinstance(value, type):
        yield getattr(value, "__dict__", None)
        for kind in type(value).__mro__:
            for name in kind.__dict__.get("__slots__", ()):
                yield getattr(value, name, None)


def parts(content: Any) -> Iterator[tuple[object, object]]:
    if isinstance(content, dict):
        yield from content.items()
    elif isinstance(content, list | tuple | deque | set):
        yield from (("[]", each) for each in content)


def contains(value: Any, content: Any) -> bool:
    """Whether an object contains the same objects as it did, in the same order."""
    if isinstance(value, types.CellType):
        now = content_of(value)
        return now[0] is content[0]
    if isinstance(value, set | bytearray):
        return bool(value == content)
    if isinstance(value, type):
        value = vars(value)
    if len(value) != len(content):
        return False
    if isinstance(content, dict):
        return list(value) == list(content) and all(
            map(
                is_,
                dict.values(value) if isinstance(value, dict) else value.values(),
                content.values(),
            )
        )
    return all(map(is_, value, content))


def put_back(value: Any, content: Any) -> None:
    PUT_BACK[next(kind for kind in PUT_BACK if isinstance(value, kind))](value, content)


def _dict(value: dict[Any, Any], content: dict[Any, Any]) -> None:
    dict.clear(value)
    dict.update(value, content)


def _sequence(value: Any, content: Any) -> None:
    value.clear()
    value.extend(content)


def _set(value: set[Any], content: set[Any]) -> None:
    value.clear()
    value.update(content)


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
