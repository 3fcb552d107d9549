"""What kind of object a type's instances are, for whoever touches them; unnamed types are foreign.

native/explore/natures.c asks for the innermost type that is written in C: a class in Python that
derives from `dict` is a container. What an operation does to a foreign object is unknown.
"""

from __future__ import annotations

import _random
import _thread
import collections
import contextvars
import datetime as dt
import decimal
import functools
import hashlib
import itertools
import re
import select
import socket
import struct
import types
import weakref
import zlib
from array import array
from enum import IntEnum
from functools import cache
from queue import SimpleQueue
from typing import TYPE_CHECKING

from gilscope.explore.bytecode import effects

if TYPE_CHECKING:
    from collections.abc import Iterable

HEAP_TYPE = 1 << 9  # Py_TPFLAGS_HEAPTYPE: it can change


class Nature(IntEnum):
    """As `enum nature` of native/explore/engine.h."""

    FOREIGN = 0  # unknown
    LEAF = 1  # cannot change, and leads to nothing that can
    HOLDER = 2  # cannot change, but what it leads to can
    CONTAINER = 3  # its content has parts: keys, indices, a size
    ITERATOR = 4  # changes with each step, and reads what it goes through
    VIEW = 5  # shows a container
    GENERATOR = 6  # code in Python, seen as it runs
    INSTANCE = 7  # has attributes; what operations do to it is Python code, seen as it runs
    KNOWN = 8  # in C, but every operation on it is a call that is modelled, or an attribute
    WEAK = 9  # tells whether another object lives
    LOCAL = 10  # each thread has its own


def _iterator_type(iterable: Iterable[object]) -> type:
    return type(iter(iterable))


def is_of_itertools(value: object) -> bool:
    return isinstance(value, type) and value.__module__ == "itertools"


CONTAINERS: tuple[type, ...] = (
    *(list, dict, set, bytearray, collections.deque, collections.OrderedDict),
    *(collections.defaultdict, array),
)
ITERATORS: tuple[type, ...] = (
    *map(_iterator_type, ([], (), "", "é", b"", bytearray(), {}, set(), range(0))),
    *(type(iter({}.values())), type(iter({}.items())), type(iter(range(1 << 70)))),
    *(type(reversed([])), type(reversed({}))),
    *(type(reversed({}.values())), type(reversed({}.items()))),
    *(type(iter(collections.deque())), type(reversed(collections.deque()))),
    *(type(iter(collections.OrderedDict())), type(iter(collections.OrderedDict().items()))),
    *(type(iter(int, 1)), reversed, enumerate, zip, map, filter, type(iter(array("b")))),
    *(each for each in vars(itertools).values() if is_of_itertools(each)),
    *(type(iter(memoryview(b""))), type(iter(types.GenericAlias(list, int)))),
)
VIEWS: tuple[type, ...] = (
    *(type({}.keys()), type({}.values()), type({}.items()), types.MappingProxyType),
    *(type(collections.OrderedDict().keys()), type(collections.OrderedDict().values())),
    type(collections.OrderedDict().items()),
)


class _Indexed:
    """Iterated over by index."""

    def __getitem__(self, index: int) -> int:
        raise IndexError(index)


GENERATORS: tuple[type, ...] = (
    types.GeneratorType,
    types.CoroutineType,
    types.AsyncGeneratorType,
)
INSTANCES: tuple[type, ...] = (object, types.SimpleNamespace, dt.tzinfo)
KNOWN: tuple[type, ...] = (
    *(type, super, types.ModuleType, types.FunctionType, types.CellType, types.TracebackType),
    types.FrameType,
    *(_thread.LockType, _thread.RLock, SimpleQueue, property, staticmethod, classmethod),
    *(types.GetSetDescriptorType, types.MemberDescriptorType, types.MethodDescriptorType),
    *(types.WrapperDescriptorType, types.ClassMethodDescriptorType),
    *(_random.Random, struct.Struct, contextvars.ContextVar, contextvars.Token, decimal.Context),
    *(functools.partial, type(functools.lru_cache(abs)), type(re.compile("").scanner(""))),  # type: ignore[attr-defined]
    *(contextvars.Context, socket.SocketType, select.epoll, type(select.poll())),
    *(type(zlib.compressobj()), type(zlib.decompressobj())),
    *(type(hashlib.new(name)) for name in sorted(hashlib.algorithms_guaranteed)),
)


@cache
def natures() -> dict[type, int]:
    """Of every type that is known; the same dict each time, which nobody changes."""
    found: dict[type, int] = {}
    for nature, kinds in (
        (Nature.LEAF, effects.IMMUTABLE),
        (Nature.HOLDER, effects.IMMUTABLE_HOLDERS),
        (Nature.CONTAINER, CONTAINERS),
        (Nature.ITERATOR, (*ITERATORS, type(iter(_Indexed())))),
        (Nature.VIEW, VIEWS),
        (Nature.GENERATOR, GENERATORS),
        (Nature.INSTANCE, INSTANCES),
        (Nature.KNOWN, KNOWN),
        (Nature.WEAK, (weakref.ReferenceType,)),
        (Nature.LOCAL, (_thread._local,)),  # noqa: SLF001
    ):
        found |= dict.fromkeys(kinds, int(nature))
    return found
