"""The tables of `models`: which functions in C touch what."""

from __future__ import annotations

import datetime as dt
import decimal
import re
import time
import weakref
from enum import IntEnum

from gilscope.explore.search.steps import READ, WRITE

# What of an operand is touched; native/explore/calls.c names them alike.
KEY, SHAPE, ALL, APPEND, POP, SOURCES, DEEP = range(7)
ATTRIBUTE, ITEM, REQUEST, REPLACED, NEXT, DICT, REMOVE, REMOVE_ITEM = range(7, 15)
ALL_ARGUMENTS = 255  # 0: self; 1: the first argument

Row = tuple[int, int, int]


class Request(IntEnum):
    """What only the scheduler can answer."""

    ACQUIRE = 1
    RELEASE = 2
    LOCKED = 3
    RELEASE_ALL = 4  # of an RLock, by a condition
    ACQUIRE_AGAIN = 5
    PUT = 6
    GET = 7
    SIZE = 8
    SLEEP = 9
    GET_NOWAIT = 10
    ENTER = 14  # acquire by an instruction after which the eval loop does not look


LOCK, RLOCK, QUEUE = "_thread.lock", "_thread.RLock", "_queue.SimpleQueue"
REQUESTS = {
    (LOCK, "acquire"): Request.ACQUIRE,
    (LOCK, "acquire_lock"): Request.ACQUIRE,
    (LOCK, "__enter__"): Request.ACQUIRE,
    (LOCK, "release"): Request.RELEASE,
    (LOCK, "release_lock"): Request.RELEASE,
    (LOCK, "__exit__"): Request.RELEASE,
    (LOCK, "locked"): Request.LOCKED,
    (LOCK, "locked_lock"): Request.LOCKED,
    (RLOCK, "acquire"): Request.ACQUIRE,
    (RLOCK, "__enter__"): Request.ACQUIRE,
    (RLOCK, "release"): Request.RELEASE,
    (RLOCK, "__exit__"): Request.RELEASE,
    (RLOCK, "locked"): Request.LOCKED,
    (RLOCK, "_release_save"): Request.RELEASE_ALL,
    (RLOCK, "_acquire_restore"): Request.ACQUIRE_AGAIN,
    (QUEUE, "put"): Request.PUT,
    (QUEUE, "put_nowait"): Request.PUT,
    (QUEUE, "get"): Request.GET,
    (QUEUE, "get_nowait"): Request.GET_NOWAIT,
    (QUEUE, "empty"): Request.SIZE,
    (QUEUE, "qsize"): Request.SIZE,
    ("time", "sleep"): Request.SLEEP,
}

# Clocks are replaced by the scheduler's; the number is the kind of replacement.
CLOCKS = {
    1: time.monotonic,
    2: time.perf_counter,
    3: time.time,
    4: time.monotonic_ns,
    5: time.perf_counter_ns,
    6: time.time_ns,
}

THROUGH: Row = (ALL_ARGUMENTS, SOURCES, READ)
DEEPLY: Row = (ALL_ARGUMENTS, DEEP, READ)
READ_ALL: Row = (0, ALL, READ)
WRITE_ALL: Row = (0, ALL, WRITE)
READ_KEY: Row = (0, KEY, READ)
WRITE_KEY: Row = (0, KEY, WRITE)


def _each(names: str, *rows: Row) -> dict[str, tuple[Row, ...]]:
    return dict.fromkeys(names.split(), rows)


METHODS: dict[str, dict[str, tuple[Row, ...]]] = {
    "builtins.list": {
        **_each("append", (0, APPEND, WRITE)),
        **_each("pop", (0, POP, WRITE)),
        **_each("__getitem__", (0, ITEM, READ)),
        **_each("__setitem__", (0, ITEM, WRITE)),
        **_each("__delitem__", (0, REMOVE_ITEM, WRITE)),
        **_each("__len__", (0, SHAPE, READ)),
    },
    "builtins.dict": {
        **_each("get __contains__ __getitem__", READ_KEY),
        **_each("setdefault __setitem__", WRITE_KEY),
        **_each("pop __delitem__", (0, REMOVE, WRITE)),
        **_each("keys values items"),
        **_each("__len__", (0, SHAPE, READ)),
    },
    "builtins.set": {
        **_each("add", WRITE_KEY),
        **_each("discard remove", (0, REMOVE, WRITE)),
        **_each("__contains__", READ_KEY),
        **_each("__len__", (0, SHAPE, READ)),
    },
    "builtins.object": {
        **_each("__setattr__ __delattr__", (0, ATTRIBUTE, WRITE)),
        **_each("__getattribute__", (0, ATTRIBUTE, READ)),
        **_each("__init__ __new__ __init_subclass__ __subclasshook__ __hash__ __repr__"),
        **_each("__str__ __eq__ __ne__ __format__ __sizeof__ __reduce_ex__ __reduce__ __dir__"),
    },
    "builtins.type": {
        **_each("__setattr__ __delattr__", (0, ATTRIBUTE, WRITE)),
        **_each("__getattribute__", (0, ATTRIBUTE, READ)),
        **_each("__call__ mro __subclasses__ __instancecheck__ __subclasscheck__ __new__ __init__"),
        **_each("__prepare__"),
    },
    "builtins.generator": _each("send throw close", WRITE_ALL),
    "builtins": {
        **_each("len", (1, SHAPE, READ)),
        **_each("getattr hasattr", (1, ATTRIBUTE, READ)),
        **_each("setattr delattr", (1, ATTRIBUTE, WRITE)),
        **_each("vars", (1, DICT, READ)),
        **_each("dir", (1, ALL, READ)),
        **_each("next", (1, NEXT, WRITE)),
        **_each("sorted sum min max any all iter list tuple set frozenset dict enumerate", THROUGH),
        **_each("zip map filter reversed bytearray", THROUGH),
        **_each("isinstance issubclass id callable type super property staticmethod classmethod"),
        **_each("object globals locals abs divmod round chr ord hex oct bin __build_class__"),
        **_each("print repr str format ascii hash int float bool bytes complex range", DEEPLY),
        **_each("slice pow memoryview", DEEPLY),
    },
    "_heapq": _each(
        "heappush heappop heapify heapreplace heappushpop _heapreplace_max _heappop_max",
        (1, ALL, WRITE),
    ),
    "_bisect": _each("insort insort_left insort_right", (1, ALL, WRITE)),
    "_operator": {
        **_each("setitem", (1, ITEM, WRITE)),
        **_each("delitem", (1, REMOVE_ITEM, WRITE)),
        **_each("getitem", (1, ITEM, READ)),
        **_each("iadd iconcat ior iand isub ixor imul", (1, ALL, WRITE), (2, SOURCES, READ)),
    },
    "_collections": _each("_count_elements", (1, ALL, WRITE), (2, SOURCES, READ)),
    "collections": _each("deque OrderedDict defaultdict", THROUGH),
    "_functools": _each("reduce", THROUGH),
    "functools": _each("partial cmp_to_key", THROUGH),
}

CONTAINERS = {
    "builtins.list",
    "builtins.dict",
    "builtins.set",
    "builtins.bytearray",
    "collections.deque",
    "collections.OrderedDict",
    "collections.defaultdict",
    "array.array",
}
# Other answers in each execution, whatever threads do: named even where only one thread lives.
UNREPEATABLE = {
    *(("posix", "urandom"), ("posix", "getrandom"), ("posix", "times"), ("time", "process_time")),
    *(("time", "process_time_ns"), ("time", "thread_time"), ("time", "thread_time_ns")),
    *(("_uuid", "generate_time_safe"), ("time", "clock_gettime"), ("time", "clock_gettime_ns")),
}

# What looks harmless by its module, and is not.
UNKNOWN = {
    *(("_thread", "start_new_thread"), ("_thread", "start_joinable_thread")),
    *(("_thread", "_count"), ("_thread", "interrupt_main"), ("_thread", "_excepthook")),
    *(("sys", "settrace"), ("sys", "setprofile"), ("sys", "_current_frames")),
    *(("sys", "setrecursionlimit"), ("sys", "getrefcount"), ("sys", "_clear_type_cache")),
}
# Methods of containers that change nothing; all others are taken to change everything.
READERS = frozenset(
    _each(
        "copy count index"
        " __iter__ __len__ __contains__ __getitem__ __eq__ __ne__ __lt__ __le__"
        " __gt__ __ge__ __repr__ __str__ __format__ __reversed__ __add__ __mul__ __rmul__"
        " __or__ __ror__"
        " __and__ __sub__ __xor__ __hash__ __sizeof__ union intersection difference"
        " symmetric_difference issubset issuperset isdisjoint keys values items get startswith"
        " endswith decode find hex __copy__ __reduce__ __reduce_ex__ fromkeys"
    )
)

# Modules whose functions read their arguments and nothing else.
PURE_MODULES = {
    *("math", "cmath", "_operator", "operator", "itertools", "_struct", "binascii", "zlib"),
    *("unicodedata", "_sre", "_json", "_bisect", "_statistics", "_string", "_codecs", "_decimal"),
    *("decimal", "datetime", "_datetime", "_functools", "array", "types", "_csv"),
}
# Modules and types that touch nothing which threads of a program share through Python objects.
HARMLESS_MODULES = {
    *("_abc", "_weakref", "weakref", "_warnings", "_contextvars", "sys", "faulthandler"),
    *("_typing", "_thread", "_queue", "_tracemalloc", "_opcode", "marshal", "typing", "enum"),
}
HARMLESS_TYPES = {
    *("_thread.lock", "_thread.RLock", "weakref.ReferenceType", "builtins.weakref"),
    *("_contextvars.ContextVar", "_contextvars.Context", "_contextvars.Token", "builtins.super"),
    *("builtins.dict_keys", "builtins.dict_values", "builtins.dict_items", "builtins.module"),
    *("functools.partial", "_thread._localdummy", "_thread._local", "_queue.SimpleQueue"),
    *("builtins.coroutine", "builtins.code", "builtins.frame", "builtins.traceback"),
    *("builtins.mappingproxy", "types.SimpleNamespace", "builtins.function", "builtins.method"),
    *("_thread._ThreadHandle", "builtins.ContextVar", "builtins.Context", "builtins.Token"),
}
HARMLESS_METHODS = {"__get__", "__init__", "__new__", "__class_getitem__", "__init_subclass__"}


def immutable_library_types() -> tuple[type, ...]:
    return (
        *(re.Pattern, re.Match, dt.datetime, dt.date, dt.time),
        *(dt.timedelta, dt.timezone, decimal.Decimal, weakref.ReferenceType),
        time.struct_time,
    )
