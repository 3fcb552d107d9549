"""Calls functions in C on samples, and compares these before and after; prints JSON.

`changes`: operands that a call changed. `faults`: those of them whose model has no write.
"""

import _random
import array
import collections
import contextlib
import contextvars
import csv
import decimal
import functools
import hashlib
import importlib
import io
import itertools
import json
import operator
import re
import struct
import types
import zlib

from gilscope.explore.bytecode.effects import model_of, owner_and_name
from gilscope.explore.bytecode.effects.rows import (
    ALL_ARGUMENTS,
    ALL_POSITIONAL,
    INIT,
    ITEM,
    NEXT,
    REACH,
    REQUEST,
    SOURCES,
    WRITE,
)

WRITES = {NEXT, REACH, REQUEST}
ADVANCES = {SOURCES, INIT}  # an iterator
FILLS = {ITEM}  # what has a `__missing__`
FIXED = {int, float, complex, str, bytes, type(None), type(abs)}  # nothing can change them
MOST = 5  # items looked at of an iterator that may have no end


def generator():
    yield from (3, 1, 2)


def exception():
    return ValueError("text", 1)


def scanner():
    return re.compile("a").scanner("banana")


ITERABLES = {
    "list": lambda: [3, 1, 2],
    "tuple": lambda: (3, 1, 2),
    "dict": lambda: {3: "c", 1: "a"},
    "set": lambda: {3, 1, 2},
    "frozenset": lambda: frozenset((3, 1, 2)),
    "deque": lambda: collections.deque((3, 1, 2)),
    "OrderedDict": lambda: collections.OrderedDict({3: "c", 1: "a"}),
    "defaultdict": lambda: collections.defaultdict(int, {3: 5}),
    "bytearray": lambda: bytearray(b"cab"),
    "array": lambda: array.array("i", (3, 1, 2)),
    "str": lambda: "cab",
    "bytes": lambda: b"cab",
    "range": lambda: range(3),
    "BytesIO": lambda: io.BytesIO(b"c\na\nb"),
    "StringIO": lambda: io.StringIO("c\na\nb"),
    "memoryview": lambda: memoryview(bytearray(b"cab")),
    "mappingproxy": lambda: types.MappingProxyType({3: "c"}),
}
ITERATORS = {
    **{f"iter({name})": lambda make=make: iter(make()) for name, make in ITERABLES.items()},
    "reversed": lambda: reversed([3, 1, 2]),
    "reversed_tuple": lambda: reversed((3, 1, 2)),
    "reversed_dict": lambda: reversed({3: 1, 2: 4}),
    "reversed_deque": lambda: reversed(collections.deque((3, 1))),
    "callable_iterator": lambda: iter(iter([3, 1, 2]).__next__, 2),
    "dict_items": lambda: iter({3: 1, 2: 4}.items()),
    "dict_values": lambda: iter({3: 1, 2: 4}.values()),
    "generator": generator,
    "enumerate": lambda: enumerate([3, 1, 2]),
    "zip": lambda: zip([3, 1], [2, 4]),
    "map": lambda: map(abs, [3, 1, 2]),
    "filter": lambda: filter(None, [3, 1, 2]),
    "accumulate": lambda: itertools.accumulate([3, 1, 2]),
    "chain": lambda: itertools.chain([3], [1, 2]),
    "combinations": lambda: itertools.combinations([3, 1, 2], 2),
    "replacement": lambda: itertools.combinations_with_replacement([3, 1, 2], 2),
    "permutations": lambda: itertools.permutations([3, 1, 2]),
    "product": lambda: itertools.product([3, 1], [2, 4]),
    "compress": lambda: itertools.compress([3, 1, 2], [1, 0, 1]),
    "count": lambda: itertools.count(3),
    "cycle": lambda: itertools.cycle([3, 1]),
    "dropwhile": lambda: itertools.dropwhile(bool, [3, 0, 2]),
    "takewhile": lambda: itertools.takewhile(bool, [3, 1, 0]),
    "filterfalse": lambda: itertools.filterfalse(None, [0, 0, 1]),
    "groupby": lambda: itertools.groupby([3, 3, 1]),
    "islice": lambda: itertools.islice([3, 1, 2], 2),
    "pairwise": lambda: itertools.pairwise([3, 1, 2]),
    "repeat": lambda: itertools.repeat(3, 4),
    "starmap": lambda: itertools.starmap(max, [(3, 1), (2, 4)]),
    "tee": lambda: itertools.tee([3, 1, 2])[0],
    "zip_longest": lambda: itertools.zip_longest([3, 1], [2]),
    "unpack": lambda: struct.iter_unpack("b", b"cab"),
    "csv.reader": lambda: csv.reader(["a,b", "c,d"]),
    "finditer": lambda: re.finditer("a", "banana"),
}
OTHERS = {
    "object": types.SimpleNamespace,
    "namespace": lambda: types.SimpleNamespace(a=1),
    "exception": exception,
    "group": lambda: ExceptionGroup("text", [exception()]),
    "OSError": lambda: OSError(2, "text"),
    "KeyError": lambda: KeyError(1),
    "module": lambda: types.ModuleType("made"),
    "partial": lambda: functools.partial(max, 1),
    "lru_cache": lambda: functools.lru_cache(abs),
    "property": lambda: property(abs),
    "Random": lambda: _random.Random(1),
    "Context": lambda: decimal.Context(prec=5),
    "Decimal": lambda: decimal.Decimal("1.5"),
    "contextvars": contextvars.Context,
    "sha256": lambda: hashlib.sha256(b"a"),
    "blake2b": lambda: hashlib.blake2b(b"a"),
    "compressor": zlib.compressobj,
    "scanner": scanner,
    "pattern": lambda: re.compile("(a)"),
    "match": lambda: re.match("(a)", "a"),
    "Struct": lambda: struct.Struct("b"),
    "decoder": lambda: io.IncrementalNewlineDecoder(None, translate=True),
    "cell": lambda: types.CellType(1),
    "int": lambda: 3,
    "float": lambda: 1.5,
    "complex": lambda: 1j,
    "slice": lambda: slice(1, 2),
    "staticmethod": lambda: staticmethod(abs),
    "classmethod": lambda: classmethod(abs),
    "itemgetter": lambda: operator.itemgetter(0),
}
SAMPLES = {**ITERABLES, **ITERATORS, **OTHERS}
ARGUMENTS = {
    **{name: ITERABLES[name] for name in ("list", "dict", "set", "bytearray", "str", "bytes")},
    "deque": ITERABLES["deque"],
    "iterator": ITERATORS["iter(list)"],
    **{str(value): lambda value=value: value for value in (0, 1, -1, "a", b"a", None, abs)},
    "pair": lambda: (1, 2),
    "pairs": lambda: [(1, 2)],
    "slice": OTHERS["slice"],
}
FUNCTIONS_OF = {
    *("_heapq", "_bisect", "_operator", "_collections", "itertools", "_functools", "_struct"),
    *("_json", "_csv", "_codecs", "array", "collections", "functools", "operator", "builtins"),
}
NOT_CALLED = {
    *("breakpoint", "compile", "eval", "exec", "input", "open", "__import__", "print"),
    *("__build_class__", "exit", "quit", "help", "credits", "license", "copyright"),
}


def seen(thing):
    """All that can be found out about a sample; it is used up by that."""
    try:
        state = STATES.get(type(thing).__name__)
        if state is not None:
            return state(thing)
        if hasattr(thing, "items"):
            return repr([*map(shown, thing), *map(shown, thing.values())])
        if hasattr(thing, "__iter__"):
            return [shown(each) for each in itertools.islice(thing, MOST)]
        return repr((getattr(thing, "args", None), getattr(thing, "__dict__", None)))
    except Exception as error:
        return repr(error)


def shown(item):
    """An item, which is another sample where it is an iterator."""
    return type(item).__name__ if hasattr(item, "__next__") else repr(item)


def rest_of_scanner(thing):
    return [each.start() for each in iter(thing.search, None)]


def groups(thing):
    return [(key, list(group)) for key, group in thing]


def stream(thing):
    return (thing.closed, thing.tell(), thing.getvalue())


STATES = {
    "Random": lambda thing: thing.getstate(),
    "Context": lambda thing: dict(thing) if hasattr(thing, "run") else repr(thing),
    "groupby": groups,
    "BytesIO": stream,
    "StringIO": stream,
    "memoryview": bytes,
    "_lru_cache_wrapper": lambda thing: thing.cache_info(),
    "HASH": lambda thing: thing.hexdigest(),
    "blake2b": lambda thing: thing.hexdigest(),
    "Compress": lambda thing: thing.flush(),
    "SRE_Scanner": rest_of_scanner,
    "Struct": lambda thing: thing.format,
    "IncrementalNewlineDecoder": lambda thing: (thing.getstate(), thing.newlines),
    "property": lambda thing: (thing.fget, thing.fset, thing.fdel),
    "cell": lambda thing: thing.cell_contents,
    "staticmethod": lambda thing: thing.__func__,
    "classmethod": lambda thing: thing.__func__,
    "partial": lambda thing: repr((thing.func, thing.args, thing.keywords, thing.__dict__)),
    "OSError": lambda thing: repr((thing.args, thing.errno, thing.__dict__)),
}


def has_write(model, number, kind):
    by_kind = (
        ADVANCES if hasattr(kind, "__next__") else FILLS if hasattr(kind, "__missing__") else set()
    )
    for operand, what, mode in zip(model[::3], model[1::3], model[2::3], strict=True):
        if operand != number and not (operand in (ALL_ARGUMENTS, ALL_POSITIONAL) and number > 0):
            continue
        if what in WRITES | by_kind or mode & WRITE:
            return True
    return False


def functions():
    """What is called, the sample that is its self if any, and its name as models have it."""
    for name, make in SAMPLES.items():
        for kind in type(make()).__mro__:
            for attribute in vars(kind):
                found = getattr(kind, attribute, None)
                if callable(found) and not isinstance(found, (type, types.FunctionType)):
                    yield found, name, (f"{kind.__module__}.{kind.__qualname__}", attribute)
    for module in map(importlib.import_module, sorted(FUNCTIONS_OF)):
        for name, found in vars(module).items():
            if callable(found) and name not in NOT_CALLED and not is_python(found):
                yield found, None, owner_and_name(found)


def is_python(found):
    return isinstance(found, types.FunctionType) or (
        isinstance(found, type) and bool(found.__flags__ & 1 << 9 and not found.__flags__ & 1 << 8)
    )


def calls(sample):
    """Makers of operands: self if there is one, and up to two arguments."""
    own = [SAMPLES[sample]] if sample else []
    pool = [*ARGUMENTS.values(), *own]
    for count in range(3):
        for arguments in itertools.product(pool, repeat=count):
            yield [*own, *arguments]


def changed(function, makers, before):
    operands = [make() for make in makers]
    with contextlib.suppress(BaseException):
        function(*operands)
    for number, (make, operand) in enumerate(zip(makers, operands, strict=True)):
        if type(operand) in FIXED:
            continue
        if make not in before:
            before[make] = seen(make())
        if seen(operand) != before[make]:
            yield number, type(operand)


def tell():
    before, changes, faults = {}, set(), set()
    for function, sample, name in functions():
        model = model_of(function)
        if isinstance(model, tuple) or REQUEST in model[1::3]:
            continue
        for makers in calls(sample):
            for number, kind in changed(function, makers, before):
                operand = number if sample else number + 1
                if sample and name[1] in STATIC:
                    continue
                changes.add((*name, operand))
                if not has_write(model, operand, kind):
                    faults.add((*name, operand, kind.__name__))
    print(json.dumps({"changes": sorted(changes), "faults": sorted(faults)}))


STATIC = {"__new__", "fromkeys", "maketrans", "__init_subclass__", "__subclasshook__"}
tell()
