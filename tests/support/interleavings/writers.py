"""What the future of an object depends on, by its type: all that is written into a snapshot."""

from __future__ import annotations

import collections
import functools
import gc
import itertools
import operator
import sys
import weakref
from types import (
    BuiltinFunctionType,
    CellType,
    ClassMethodDescriptorType,
    CoroutineType,
    FunctionType,
    GeneratorType,
    GenericAlias,
    GetSetDescriptorType,
    MappingProxyType,
    MemberDescriptorType,
    MethodDescriptorType,
    MethodWrapperType,
    ModuleType,
    SimpleNamespace,
    WrapperDescriptorType,
)
from typing import TYPE_CHECKING, Any

from . import memory

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    Writer = Callable[[Any], Iterable[object]]

EMPTY: dict[object, object] = {}
VIEWS: tuple[type, ...] = (type(EMPTY.keys()), type(EMPTY.values()), type(EMPTY.items()))
DICT_ITERATORS: tuple[type, ...] = tuple(
    type(iter(view)) for view in (EMPTY.keys(), EMPTY.values(), EMPTY.items())
)
SEQUENCES: tuple[Iterable[object], ...] = ([], (), range(0), "", b"", reversed([]))
REDUCED: tuple[type, ...] = (
    *(type(iter(each)) for each in SEQUENCES),
    *(enumerate, reversed, map, filter, zip),
    *(each for each in vars(itertools).values() if isinstance(each, type)),
    type(iter(itertools.tee(())[0])),
)
REFERRING = (
    *VIEWS,
    *(property, classmethod, staticmethod, super, MappingProxyType, GenericAlias),
    *(functools.partial, operator.attrgetter, operator.itemgetter, operator.methodcaller),
)
# No state of their own; for those of built-in objects see Snapshot.
NAMED = (
    *(BuiltinFunctionType, MethodDescriptorType, WrapperDescriptorType, MemberDescriptorType),
    *(GetSetDescriptorType, ClassMethodDescriptorType),
)
BUILTINS_KEY = sys.intern("__builtins__")  # where exec() leaves them
HEAP_TYPE = 1 << 9
# Modules whose classes are written in Python, with nothing but attributes.
LIBRARY = {
    "__main__",
    "collections",
    "contextlib",
    "functools",
    "dataclasses",
    "enum",
    "types",
    "abc",
}


def constant(kind: type, value: Any) -> str | None:
    """The text of what never changes."""
    if kind in NAMED:
        return f"built-in {value.__qualname__}"
    if isinstance(value, ModuleType):
        return f"module {value.__name__}"
    if kind is SimpleNamespace:
        return "module " + " ".join(vars(value))
    return None


def of(kind: type) -> Writer | None:
    """How to write an object of that type; None where that is not known."""
    if kind in WRITERS:
        return WRITERS[kind]
    if kind is object:
        return lambda _: ()
    bases = [each for each in kind.__mro__ if not _is_python(each)]
    if any(each.__module__ not in LIBRARY for each in kind.__mro__ if _is_python(each)):
        return None
    built_in = [each for each in bases if each is not object]
    if not built_in:
        return _instance
    writer = WRITERS.get(built_in[0])
    if writer is None and built_in[0] in {int, str, float, bytes, tuple}:
        writer = _plain(built_in[0])
    return writer and _both(writer)


def _is_python(kind: type) -> bool:
    return (
        bool(kind.__flags__ & HEAP_TYPE)
        and "__module__" in vars(kind)
        and (
            kind.__module__ in {"__main__", "abc"}
            or any(isinstance(each, FunctionType) for each in vars(kind).values())
        )
    )


def _plain(base: Any) -> Writer:
    """Of a subclass of a type whose values never change."""
    return base.__iter__ if base is tuple else lambda value: (base.__repr__(value),)


def _both(writer: Writer) -> Writer:
    return lambda value: (*writer(value), "attributes", *_instance(value))


def _instance(value: Any) -> Iterable[object]:
    kind = type(value)
    yield kind
    yield from gc_dict(value)
    for each in kind.__mro__:
        for member in vars(each).values():
            if isinstance(member, MemberDescriptorType):
                try:
                    yield member.__get__(value, kind)
                except AttributeError:
                    yield memory.NULL


def gc_dict(value: Any) -> Iterable[object]:
    """The attributes, past a `__dict__` or `__getattribute__` of the program's own."""
    try:
        attributes = object.__getattribute__(value, "__dict__")
    except AttributeError:
        return ()
    return (*attributes, *attributes.values())


def _dict(table: dict[object, object]) -> Iterable[object]:
    keys = list(dict.keys(table))
    values = [
        value
        for key, value in zip(keys, dict.values(table), strict=True)
        if key is not BUILTINS_KEY
    ]
    return (memory.dict_layout(table), *keys, *values)


def _ordered(table: collections.OrderedDict[object, object]) -> Iterable[object]:
    return (*_dict(table), "order", *collections.OrderedDict.__iter__(table))


def _set(members: set[object]) -> Iterable[object]:
    layout = memory.set_layout(members)
    return (layout.fill, layout.finger, *layout.members)


def _cell(cell: CellType) -> Iterable[object]:
    try:
        return (cell.cell_contents,)
    except ValueError:
        return (memory.NULL,)


def _iterator(iterator: Any) -> Iterable[object]:
    return tuple(iterator.__reduce__()[1:])  # the class that comes first is written anyway


def _generator(generator: Any) -> Iterable[object]:
    prefix = {GeneratorType: "gi", CoroutineType: "cr"}[type(generator)]
    frame = getattr(generator, f"{prefix}_frame")
    if frame is None:
        return ("ended",)
    depth = memory.stack_depth(frame)
    if depth < 0:
        return ("running",)  # written as a frame of its thread
    return (frame.f_code, frame.f_lasti, *memory.slots(frame, depth))


def _cached(wrapper: Any) -> Iterable[object]:
    return (tuple(wrapper.cache_info()), *gc.get_referents(wrapper))


def _weak(reference: weakref.ref[Any]) -> Iterable[object]:
    return (reference(), reference.__callback__)


LINE: collections.deque[object] = collections.deque()
WRITERS: dict[type, Writer] = {
    list: list.__iter__,
    bytearray: lambda value: (bytes(value),),
    dict: _dict,
    collections.OrderedDict: _ordered,
    collections.defaultdict: lambda table: (table.default_factory, *_dict(table)),
    collections.deque: lambda line: (line.maxlen, *collections.deque.__iter__(line)),
    set: _set,
    frozenset: _set,
    CellType: _cell,
    GeneratorType: _generator,
    CoroutineType: _generator,
    MethodWrapperType: lambda value: (value.__name__, value.__self__),
    functools._lru_cache_wrapper: _cached,
    weakref.ReferenceType: _weak,
    type(iter(frozenset(EMPTY))): lambda it: memory.iterator_position(it, of_dict=False),
    type(iter(LINE)): memory.deque_iterator,
    **dict.fromkeys(DICT_ITERATORS, lambda it: memory.iterator_position(it, of_dict=True)),
    **dict.fromkeys(REFERRING, gc.get_referents),
    **dict.fromkeys(REDUCED, _iterator),
}
