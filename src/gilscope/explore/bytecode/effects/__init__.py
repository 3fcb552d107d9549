"""What functions in C touch. What no table names is unknown, and forbids a proof where it matters.

Each table names functions by their owner: a module, or a type as `builtins.list`; a type that is
called is a function of its module. `rows` explains what stands in them.
"""

from __future__ import annotations

import types
from typing import TYPE_CHECKING

from gilscope.explore.bytecode.effects import (
    binary,
    callables,
    containers,
    exceptions,
    files,
    functions,
    interpreter,
    iterators,
    numbers,
    objects,
    sockets,
    texts,
    threads,
    values,
)
from gilscope.explore.bytecode.effects.immutable import IMMUTABLE, IMMUTABLE_HOLDERS
from gilscope.explore.bytecode.effects.rows import Unmodelled
from gilscope.explore.bytecode.effects.threads import CLOCKS, UNREPEATABLE, Request
from gilscope.explore.bytecode.effects.unknown import EVERYWHERE, UNKNOWN_MODULES, UNKNOWN_TYPES

if TYPE_CHECKING:
    from gilscope.explore.bytecode.effects.rows import Named, Table

__all__ = [
    "CLOCKS",
    "IMMUTABLE",
    "IMMUTABLE_HOLDERS",
    "Model",
    "Request",
    "Unmodelled",
    "is_classified",
    "model_of",
    "owner_and_name",
]

Model = bytes | tuple[Unmodelled, str]


def _merged(*tables: Table) -> Table:
    merged: dict[str, Named] = {}
    for table in tables:
        for owner, named in table.items():
            merged[owner] = {**merged.get(owner, {}), **named}
    return merged


TABLE = _merged(
    *(binary.TABLE, callables.TABLE, containers.TABLE, exceptions.TABLE, files.TABLE),
    *(functions.TABLE, interpreter.TABLE, iterators.TABLE, numbers.TABLE, objects.TABLE),
    *(sockets.TABLE, texts.TABLE, threads.TABLE, values.TABLE),
)


def model_of(called: object) -> Model:
    """The model of something callable in C; why there is none, and its name, otherwise."""
    owner, name = owner_and_name(called)
    whole = f"{owner}.{name}" if owner else name
    if name in UNREPEATABLE.get(owner, ()):
        return Unmodelled.ANSWER, whole
    if whole in EVERYWHERE:
        return Unmodelled.EVERYWHERE, whole
    rows = TABLE.get(owner, {}).get(name)
    if rows is None:
        return Unmodelled.EFFECTS, whole
    return b"".join(map(bytes, rows))


def is_classified(owner: str, name: str) -> bool:
    """Whether somebody has looked at a function: it has a model, or is known to be unknown."""
    if name in TABLE.get(owner, {}) or name in UNREPEATABLE.get(owner, ()):
        return True
    if owner in UNKNOWN_TYPES or f"{owner}.{name}" in UNKNOWN_TYPES:
        return True
    return owner in UNKNOWN_MODULES or owner.rpartition(".")[0] in UNKNOWN_MODULES


def _is_in_c(attribute: object) -> bool:
    """Of a class; what overrides it in Python calls it."""
    return attribute is not None and not isinstance(attribute, types.FunctionType)


def owner_and_name(called: object) -> tuple[str, str]:
    """The type or module that a function belongs to, as `builtins.list`, and its name."""
    if isinstance(called, type):
        return called.__module__, called.__qualname__
    name = getattr(called, "__name__", type(called).__name__)
    kind = getattr(called, "__objclass__", None)
    if kind is None and isinstance(called, types.BuiltinMethodType):
        holder = called.__self__
        module = getattr(called, "__module__", None)
        if holder is None and module is None:  # a static method, as of `str`
            return f"builtins.{called.__qualname__.rpartition('.')[0]}", name
        if holder is None or isinstance(holder, types.ModuleType):
            return module or "", name
        kind = holder if isinstance(holder, type) else type(holder)
        kinds = (*kind.__mro__, *type(holder).__mro__)  # a method of classes is their class's
        kind = next((each for each in kinds if _is_in_c(vars(each).get(name))), kind)
    if kind is None:
        kind, name = type(called), "__call__"
    return f"{kind.__module__}.{kind.__qualname__}", name
