"""What functions in C touch: one row for each that is modelled; all others are named as unknown.

A model is a bytes object of triples (operand, what of it, mode), read by native/explore/calls.c.
With the GIL each of these calls is atomic. Without it CPython holds the lock of the object that
they change (PEP 703, "container thread-safety"), so they are atomic there, too; what is not is
named `NOT_ATOMIC` and forbids a proof.
"""

from __future__ import annotations

import builtins
import types
import weakref

from gilscope.explore import modeltables as tables
from gilscope.explore.modeltables import (
    ALL,
    ALL_ARGUMENTS,
    CLOCKS,
    DEEP,
    NEXT,
    REPLACED,
    REQUEST,
    SOURCES,
)
from gilscope.explore.search.steps import READ, WRITE

Model = bytes | str | None

NOTHING = b""
READS_ARGUMENTS = bytes((ALL_ARGUMENTS, DEEP, READ))
GOES_THROUGH_ARGUMENTS = bytes((ALL_ARGUMENTS, SOURCES, READ))


def model_of(called: object) -> Model:
    """The model of something callable in C; its name if there is none; None if it does no harm."""
    owner, name = _owner_and_name(called)
    if (owner, name) in tables.UNREPEATABLE:
        return f"!{owner}.{name}"
    if (owner, name) in tables.UNKNOWN:
        return f"{owner}.{name}"
    for known in (_by_clock(called), _by_name(owner, name), _by_kind(called, owner, name)):
        if known is not None:
            return known
    return f"{owner}.{name}" if owner else name


def _owner_and_name(called: object) -> tuple[str, str]:
    """The type or module that a function belongs to, as `builtins.list`, and its name."""
    name = getattr(called, "__name__", type(called).__name__)
    if isinstance(called, type):
        return called.__module__, called.__qualname__
    kind = getattr(called, "__objclass__", None)
    if kind is None and isinstance(called, types.BuiltinMethodType):
        holder = called.__self__
        if holder is None or isinstance(holder, types.ModuleType):
            return called.__module__ or "", name
        kind = holder if isinstance(holder, type) else type(holder)
        kind = next((each for each in kind.__mro__ if name in vars(each)), kind)
    if kind is None:
        kind, name = type(called), "__call__"
    return f"{kind.__module__}.{kind.__qualname__}", name


def _by_clock(called: object) -> Model:
    for kind, function in CLOCKS.items():
        if called is function:
            return bytes((0, REPLACED, kind))
    return None


def _by_name(owner: str, name: str) -> Model:
    found = tables.REQUESTS.get((owner, name))
    if found is not None:
        return bytes((0, REQUEST, found))
    rows = tables.METHODS.get(owner, {}).get(name)
    return None if rows is None else b"".join(map(bytes, rows))


def _by_kind(called: object, owner: str, name: str) -> Model:
    if name == "__next__":
        return bytes((0, NEXT, WRITE))
    if isinstance(called, type):
        if issubclass(called, BaseException) or owner in tables.HARMLESS_MODULES:
            return NOTHING
        return GOES_THROUGH_ARGUMENTS if owner in tables.PURE_MODULES else None
    if owner in tables.HARMLESS_MODULES or owner in tables.HARMLESS_TYPES:
        return NOTHING
    if owner in tables.PURE_MODULES or _is_immutable(owner):
        return READS_ARGUMENTS
    if owner in tables.CONTAINERS:
        mode = READ if name in tables.READERS else WRITE
        return bytes((0, ALL, mode)) + GOES_THROUGH_ARGUMENTS
    if name in tables.HARMLESS_METHODS:
        return NOTHING
    return None


IMMUTABLE: set[type] = {
    *(int, float, complex, str, bytes, bool, frozenset, range, slice, type(None), property),
    *(type(...), type(NotImplemented), types.FunctionType, types.BuiltinFunctionType),
    *(types.CodeType, types.ModuleType, types.MethodType, types.GetSetDescriptorType),
    *(types.MemberDescriptorType, types.MethodDescriptorType, types.WrapperDescriptorType),
    *(types.MethodWrapperType, types.TracebackType, types.FrameType, types.CellType, type),
    *(object, types.GenericAlias, types.UnionType, staticmethod, classmethod),
    *tables.immutable_library_types(),
}
IMMUTABLE_HOLDERS: set[type] = {
    *(tuple, frozenset, slice, types.MethodType, types.BuiltinFunctionType, types.GenericAlias),
    *(types.MethodWrapperType, types.UnionType),
}
IMMUTABLE -= IMMUTABLE_HOLDERS | {
    *(property, types.FunctionType, types.ModuleType, types.GetSetDescriptorType, types.CellType),
    *(types.MemberDescriptorType, types.MethodDescriptorType, types.WrapperDescriptorType),
    *(types.TracebackType, types.FrameType, type, object, staticmethod, classmethod),
    weakref.ReferenceType,
}
EXCEPTIONS = {
    f"builtins.{name}"
    for name, each in vars(builtins).items()
    if isinstance(each, type) and issubclass(each, BaseException)
}
IMMUTABLE_NAMES = (
    {f"{each.__module__}.{each.__qualname__}" for each in IMMUTABLE}
    | EXCEPTIONS
    | {"builtins.tuple"}
)


def _is_immutable(owner: str) -> bool:
    return owner in IMMUTABLE_NAMES
