"""What the test itself would call an object: `cache.items` for the `self.items` of a method.

Nothing of the program runs: only what lies in variables, instances and built-in containers is
looked at.
"""

from __future__ import annotations

import contextlib
import sys
import types
from collections import deque
from typing import TYPE_CHECKING, Any

from gilscope import _explorer
from gilscope.explore.bytecode.scope import is_own, is_users

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from types import FrameType

MOST_LOOKED_AT = 400
DEEPEST = 2  # attributes and items after a variable
MOST_ITEMS = 8  # of one container
OPAQUE = (types.ModuleType, types.BuiltinFunctionType, types.MethodType)
OF_METHODS = {"self", "cls"}


def path_to(wanted: object, main_ident: int, frame: FrameType) -> str | None:
    """A path from a variable of the test, or a global of the code that runs; the shortest."""
    test = list(_users_frames(sys._current_frames().get(main_ident)))  # noqa: SLF001
    here = list(_users_frames(frame))
    for variables in (
        (each for each_frame in reversed(test) for each in locals_of(each_frame)),
        _globals_of([*reversed(test), *here]),
    ):
        found = _search(wanted, variables)
        if found is not None:
            return found
    return None


def _users_frames(frame: FrameType | None) -> Iterator[FrameType]:
    """Those of the program, innermost first; below them are gilscope's, and whoever called it."""
    began = False
    while frame is not None:
        name = frame.f_code.co_filename
        if is_users(name):
            began = True
            yield frame
        elif began and is_own(name):
            return
        frame = frame.f_back


def locals_of(frame: FrameType) -> Iterator[tuple[str, object]]:
    """Variables of a function. f_locals would keep alive what they hold."""
    code = frame.f_code
    names = dict.fromkeys((*code.co_varnames, *code.co_cellvars, *code.co_freevars))
    for slot, name in enumerate(names):
        value = _explorer.peek(frame, slot)
        if type(value) is types.CellType:
            try:
                value = value.cell_contents
            except ValueError:  # not set yet
                continue
        if name.isidentifier() and name not in OF_METHODS:
            yield name, value


def _globals_of(frames: Iterable[FrameType]) -> Iterator[tuple[str, object]]:
    known: set[int] = set()
    for frame in frames:
        if id(frame.f_globals) not in known:
            known.add(id(frame.f_globals))
            for name, value in list(frame.f_globals.items()):
                if not name.startswith("__"):
                    yield name, value


def _search(wanted: object, variables: Iterable[tuple[str, object]]) -> str | None:
    """Breadth first, so that the path found is one of the shortest."""
    waiting = deque((name, value, 0) for name, value in variables)
    looked_at: set[int] = set()
    while waiting and len(looked_at) < MOST_LOOKED_AT:
        path, value, depth = waiting.popleft()
        if value is wanted:
            return path
        if id(value) in looked_at or depth == DEEPEST or issubclass(type(value), OPAQUE):
            continue
        looked_at.add(id(value))
        if type(value) is types.FunctionType:
            waiting.extend((name, held, depth) for name, held in _closure_of(value))
            continue
        waiting.extend((f"{path}{step}", held, depth + 1) for step, held in _held_by(value))
    return None


def _closure_of(function: types.FunctionType) -> Iterator[tuple[str, object]]:
    """Variables of the functions around it, under the names that they have there."""
    names = function.__code__.co_freevars
    for name, cell in zip(names, function.__closure__ or (), strict=True):
        with contextlib.suppress(ValueError):  # not set yet
            if name not in OF_METHODS:
                yield name, cell.cell_contents


def _held_by(value: Any) -> list[tuple[str, object]]:
    kind = type(value)
    if kind in (list, tuple):
        return [(f"[{index}]", each) for index, each in enumerate(value[:MOST_ITEMS])]
    if kind is dict:
        items = list(value.items())[:MOST_ITEMS]
        return [(f"[{key!r}]", each) for key, each in items if type(key) in (str, int)]
    if issubclass(kind, type):
        return [(f".{name}", each) for name, each in list(vars(value).items()) if name[:2] != "__"]
    return [(f".{name}", each) for name, each in attributes_of(value)]


def attributes_of(value: object) -> list[tuple[str, object]]:
    """Attributes that are stored in the object itself."""
    found: list[tuple[str, object]] = []
    try:
        own = object.__getattribute__(value, "__dict__")
    except AttributeError:
        own = None
    if type(own) is dict:
        found += [(name, each) for name, each in list(own.items()) if type(name) is str]
    for kind in type(value).__mro__:
        if "__slots__" in kind.__dict__:
            found += _in_slots(value, kind)
    return found


def _in_slots(value: object, kind: type) -> Iterator[tuple[str, object]]:
    for name, each in list(kind.__dict__.items()):
        if type(each) is types.MemberDescriptorType:
            with contextlib.suppress(AttributeError):  # not set yet
                yield name, each.__get__(value)
