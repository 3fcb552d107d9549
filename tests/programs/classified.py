"""Prints as JSON what explore's tables say of this interpreter's instructions and types."""

import builtins
import collections
import contextvars
import datetime as dt
import decimal
import dis
import functools
import itertools
import json
import operator
import re
import threading
import types
import weakref
from queue import SimpleQueue

from gilscope.explore.bytecode import opcodes
from gilscope.explore.bytecode.natures import Nature, natures


def iterators():
    for each in ([], (), "", "é", b"", bytearray(), {}, set(), range(0), range(1 << 70)):
        yield iter(each)
    for each in ({}.values(), {}.items(), {}.keys(), collections.deque()):
        yield iter(each)
    for each in ([], {}, {}.values(), {}.items(), {}.keys(), collections.deque()):
        yield reversed(each)
    ordered = collections.OrderedDict()
    yield from (iter(ordered), iter(ordered.items()), iter(int, 1), iter(memoryview(b"")))


def views():
    for each in ({}, collections.OrderedDict()):
        yield from (each.keys(), each.values(), each.items())


def generated():
    def generator():
        yield

    async def coroutine():
        pass

    running = coroutine()
    running.close()
    yield from (generator(), running)


MODULES = (
    *(builtins, collections, contextvars, dt, decimal, functools, itertools, operator),
    *(types, weakref),
)


def kinds():
    """Types written in C: of modules, and those that have no name in any."""
    yield from (type(each) for each in (*iterators(), *views(), *generated()))
    yield from (type(threading.Lock()), type(threading.RLock()), type(re.compile("")), SimpleQueue)
    yield from (type(re.match("", "")), threading.local, type(functools.lru_cache(len)))
    yield from (each for module in MODULES for each in vars(module).values())


def is_in_c(kind):
    """Classes in Python are heap types, and so are some in C, which cannot be changed."""
    return bool(kind.__flags__ & IMMUTABLE or not kind.__flags__ & HEAP_TYPE)


def main():
    known = natures()
    types_in_c = [each for each in kinds() if isinstance(each, type) and is_in_c(each)]
    found = {
        f"{kind.__module__}.{kind.__qualname__}": Nature(known.get(kind, 0)).name
        for kind in types_in_c
        if not issubclass(kind, (BaseException, bool))
    }
    classified = {name: opcodes.is_classified(name) for name in sorted(dis.opmap)}
    print(json.dumps({"instructions": classified, "types": found}))


HEAP_TYPE, IMMUTABLE = 1 << 9, 1 << 8  # Include/object.h

if __name__ == "__main__":
    main()
