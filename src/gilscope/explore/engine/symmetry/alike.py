"""Whether two threads begin alike: then no one can tell which of them is which, until one does."""

from __future__ import annotations

import threading
import types
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    import contextvars

Thread: Any = threading.Thread
ATOMS = (int, str, bytes, bool)


class Start(NamedTuple):
    """What a thread begins with."""

    target: object
    args: tuple[object, ...]
    keywords: dict[str, object]
    daemon: bool
    context: contextvars.Context
    context_is_given: bool


def start_of(thread: Any, context: contextvars.Context) -> Start | None:
    """None where another thread can never be like it: it knows itself, as a subclass's `self`."""
    if type(thread) is not Thread or "run" in vars(thread):
        return None
    given = getattr(thread, "_context", None) is not None
    target, args, keywords = thread._target, thread._args, thread._kwargs  # noqa: SLF001
    if type(args) is not tuple or type(keywords) is not dict:
        return None
    return Start(target, args, keywords, thread.daemon, context, given)


def are_alike(one: Start, other: Start) -> bool:
    return (
        one.daemon == other.daemon
        and _are_same_code(one.target, other.target)
        and _are_same(one.args, other.args)
        and list(one.keywords) == list(other.keywords)
        and all(_are_same(value, other.keywords[name]) for name, value in one.keywords.items())
        and _are_same_context(one, other)
    )


def _are_same(one: object, other: object) -> bool:
    """Whether it makes no difference which of two arguments a thread got."""
    if one is other:
        return True
    if type(one) is not type(other):
        return False
    if type(one) is tuple:
        pairs = zip(one, other, strict=False)  # type: ignore[call-overload]
        return len(one) == len(other) and all(_are_same(*each) for each in pairs)  # type: ignore[arg-type]
    if type(one) in ATOMS:
        return one == other
    return _are_same_code(one, other)


def _are_same_code(one: object, other: object) -> bool:
    """Methods of one object, or functions made by one piece of code with the same variables."""
    if one is other:
        return True
    if isinstance(one, types.MethodType) and isinstance(other, types.MethodType):
        return one.__self__ is other.__self__ and one.__func__ is other.__func__
    if isinstance(one, types.FunctionType) and isinstance(other, types.FunctionType):
        return _parts_of(one) == _parts_of(other) and not vars(one) and not vars(other)
    if isinstance(one, types.BuiltinMethodType) and isinstance(other, types.BuiltinMethodType):
        return one.__self__ is other.__self__ and one.__name__ == other.__name__
    return False


def _parts_of(function: types.FunctionType) -> tuple[object, ...]:
    """By identity: equal cells that are not the same could later differ."""
    cells = function.__closure__ or ()
    defaults = (*(function.__defaults__ or ()), *(function.__kwdefaults__ or {}).values())
    names = tuple(function.__kwdefaults__ or ())
    parts = (function.__code__, function.__globals__, *cells, *defaults)
    return (len(cells), names, *map(id, parts))


def _are_same_context(one: Start, other: Start) -> bool:
    if one.context is other.context:
        return True
    if one.context_is_given or other.context_is_given or len(one.context) != len(other.context):
        return False
    absent = object()
    return all(other.context.get(each, absent) is value for each, value in one.context.items())
