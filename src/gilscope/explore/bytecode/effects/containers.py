"""Containers that can be changed. Sources: Objects/{list,dict,set,bytearray,odict}object.c,
Modules/{_collections,array,_heapq,_bisect}module.c; `@critical_section` there says what locks.

Not atomic without the GIL: what has no lock in 3.13 or 3.14 (bytearray, array, OrderedDict), what
calls `__eq__` of items one after the other, and what changes more than one item or the size step by
step, because `len`, indices and look-ups take no lock and see how far it is.
"""

from __future__ import annotations

from gilscope.explore.bytecode import stepwise
from gilscope.explore.bytecode.effects.rows import (
    ALL,
    ALL_ARGUMENTS,
    APPEND,
    ARGUMENTS,
    AS_LIST,
    AS_SET,
    CALLS_KEYWORDS,
    CALLS_SELF,
    COMPARISON,
    COPY,
    DEEPLY_READ_SELF,
    EQUALITY,
    EXTEND,
    INIT,
    INITIAL,
    ITEM,
    ITERATES,
    KEY,
    LOCKS_DICT,
    LOOSE_ARGUMENTS,
    LOOSE_READ,
    LOOSE_WRITE,
    LOOSELY_READ_SELF,
    LOOSELY_WRITE_SELF,
    ORDER,
    POP,
    REACHES_SELF,
    READ_ATTRIBUTE,
    READ_SELF,
    REMOVE,
    REMOVE_ITEM,
    SEARCHED,
    SHOWN_SELF,
    SIZE_OF_SELF,
    SOURCES,
    STEPS,
    WRITE_SELF,
    Named,
    Row,
    Table,
    alike,
    each,
    unknown,
)
from gilscope.explore.bytecode.effects.values import SEQUENCE, TEXT
from gilscope.explore.search.steps import READ, WRITE

COPIES_SELF: Row = (0, COPY, READ)
LOOSELY_COPIES_SELF: Row = (0, COPY, LOOSE_READ)
READ_KEY: Row = (0, KEY, READ)
WRITE_KEY: Row = (0, KEY, WRITE)
CHANGES_FIRST: Row = (1, ALL, LOOSE_WRITE)
MERGES: Row = (ALL_ARGUMENTS, INIT, LOOSE_READ | LOCKS_DICT)  # dict_merge

LIST: Table = {
    "builtins.list": {
        **each("append", (0, APPEND, WRITE)),
        **each("pop", (0, POP, WRITE)),
        **each("clear", WRITE_SELF),
        **each("insert reverse __imul__", LOOSELY_WRITE_SELF, ARGUMENTS),
        **each("remove", LOOSELY_WRITE_SELF, DEEPLY_READ_SELF, LOOSE_ARGUMENTS),
        # It is empty as long as that takes.
        **each("sort", LOOSELY_WRITE_SELF, DEEPLY_READ_SELF, CALLS_KEYWORDS),
        **each("extend __iadd__", (0, EXTEND, WRITE), AS_LIST),
        **each("__init__", LOOSELY_WRITE_SELF, AS_LIST),
        **each("__getitem__", (0, ITEM, READ)),
        **each("__setitem__", (0, ITEM, WRITE), (2, SOURCES, LOOSE_READ)),
        **each("__delitem__", (0, REMOVE_ITEM, WRITE)),
        **each("__len__ __iter__ __reversed__ __sizeof__", SIZE_OF_SELF),
        **each("copy __mul__ __rmul__", COPIES_SELF),
        **each("__add__", COPIES_SELF, (1, COPY, READ)),
        **each("count index __contains__", DEEPLY_READ_SELF, LOOSE_ARGUMENTS),
        **each(COMPARISON, DEEPLY_READ_SELF, LOOSE_ARGUMENTS),
        **each("__repr__", SHOWN_SELF),
        **each("__new__ __class_getitem__"),
        **each("__getattribute__", READ_ATTRIBUTE),
    },
    # A list that is a heap is compared in the middle: two threads may meet there without the GIL.
    "_heapq": {
        **each("heappush heapreplace heappushpop heappush_max", CHANGES_FIRST, LOOSE_ARGUMENTS),
        **each("heapreplace_max heappushpop_max _heapreplace_max", CHANGES_FIRST, LOOSE_ARGUMENTS),
        **each("heappop heapify heappop_max heapify_max", CHANGES_FIRST, LOOSE_ARGUMENTS),
        **each("_heappop_max _heapify_max", CHANGES_FIRST, LOOSE_ARGUMENTS),
    },
    "_bisect": {
        **each("bisect_left bisect_right", LOOSE_ARGUMENTS, CALLS_KEYWORDS),
        **each("insort_left insort_right", CHANGES_FIRST, LOOSE_ARGUMENTS, CALLS_KEYWORDS),
    },
}
VIEW: Named = {
    **each("__repr__", SHOWN_SELF),
    **each("__iter__ __len__ __reversed__", (0, SOURCES, READ)),
    **each("__getattribute__", READ_ATTRIBUTE),
}
DICT: Table = {
    "builtins.dict": {
        **each("get __contains__", READ_KEY),
        **each("__getitem__", (0, ITEM, READ)),  # which a subclass may add first
        **each("setdefault __setitem__", WRITE_KEY),
        **each("__delitem__ pop", (0, REMOVE, WRITE)),
        **each("popitem clear", WRITE_SELF),
        **each("update __ior__ __init__", LOOSELY_WRITE_SELF, MERGES),
        **each("keys values items __new__ __class_getitem__"),
        **each("fromkeys", AS_SET),
        **each("__len__ __iter__ __reversed__ __sizeof__", SIZE_OF_SELF),
        **each("copy", COPIES_SELF),
        # Two locks, one after the other.
        **each("__or__ __ror__", COPIES_SELF, INITIAL),
        **each(COMPARISON, DEEPLY_READ_SELF, LOOSE_ARGUMENTS),
        **each("__repr__", SHOWN_SELF),
        **each("__getattribute__", READ_ATTRIBUTE),
    },
    "collections.defaultdict": {
        # Between the factory's answer and the new key another thread may put its own.
        **each("__missing__", (0, KEY, LOOSE_WRITE), CALLS_SELF),
        **each("__init__", LOOSELY_WRITE_SELF, MERGES),
        **each("copy __copy__", LOOSELY_COPIES_SELF),
        **each("__or__ __ror__", LOOSELY_COPIES_SELF, INITIAL),
        **each("__repr__", SHOWN_SELF),
        **each("__reduce__", READ_SELF),
        **each("__class_getitem__"),
        **each("__getattribute__", READ_ATTRIBUTE),
    },
    "collections.OrderedDict": {
        **each("__setitem__ __delitem__ pop setdefault", LOOSELY_WRITE_SELF, ARGUMENTS),
        **each("popitem clear move_to_end", LOOSELY_WRITE_SELF, ARGUMENTS),
        **each("update __ior__ __init__", LOOSELY_WRITE_SELF, INITIAL),
        **each("copy __or__ __ror__ __reduce__", LOOSELY_READ_SELF, INITIAL),
        **each("keys values items"),
        **each("fromkeys", ITERATES),
        **each("__iter__ __reversed__ __sizeof__", SIZE_OF_SELF),
        **each(COMPARISON, DEEPLY_READ_SELF, LOOSE_ARGUMENTS),
        **each("__repr__", SHOWN_SELF),
    },
    "builtins.dict_values": VIEW,
    **alike(
        "builtins.dict_keys builtins.dict_items",
        {
            **VIEW,
            **each(f"{COMPARISON} __contains__", DEEPLY_READ_SELF, LOOSE_ARGUMENTS),
            **each("__and__ __or__ __sub__ __xor__ isdisjoint", DEEPLY_READ_SELF, ITERATES),
            **each("__rand__ __ror__ __rsub__ __rxor__", DEEPLY_READ_SELF, ITERATES),
        },
    ),
    **alike(
        "builtins.odict_keys builtins.odict_values builtins.odict_items",
        each("__iter__ __reversed__", (0, SOURCES, LOOSE_READ)),
    ),
    "builtins.mappingproxy": {
        **each(f"{COMPARISON} __repr__ __str__ __hash__", DEEPLY_READ_SELF, LOOSE_ARGUMENTS),
        **each("__contains__ __getitem__ get", (0, SOURCES, LOOSE_READ), ARGUMENTS),
        **each("__iter__ __len__ __reversed__ copy keys values items", (0, SOURCES, LOOSE_READ)),
        **each("__or__ __ror__", (0, SOURCES, LOOSE_READ), INITIAL),
        **each("__ior__ __new__ __class_getitem__"),
        **each("__getattribute__", READ_ATTRIBUTE),
    },
    "_collections": {
        **each("_count_elements", CHANGES_FIRST, (2, SOURCES, LOOSE_READ)),
        **each("_deque_iterator _deque_reverse_iterator", ITERATES),
        **each("_tuplegetter"),
    },
    "collections": {
        **each("deque", ITERATES, (1, STEPS, stepwise.KINDS["deque"])),
        **each("OrderedDict", INITIAL),
        **each("defaultdict", MERGES),
        **each("_deque_iterator _deque_reverse_iterator", ITERATES),
        **each("_tuplegetter"),
    },
}
SET: Table = {
    "builtins.set": {
        **each("add", WRITE_KEY),
        **each("discard remove", (0, REMOVE, WRITE)),
        **each("__contains__", READ_KEY),
        **each("pop clear", WRITE_SELF),
        **each("update __init__ __ior__ __iand__ __isub__ __ixor__", LOOSELY_WRITE_SELF, AS_SET),
        **each("difference_update intersection_update", LOOSELY_WRITE_SELF, ITERATES),
        **each("symmetric_difference_update", LOOSELY_WRITE_SELF, ITERATES),
        **each("__and__ __sub__ __rand__ __rsub__", READ_SELF, AS_SET),
        # A copy, and then what the other has: two locks, one after the other.
        **each("__or__ __ror__ __xor__ __rxor__ union difference", READ_SELF, ITERATES),
        **each("intersection symmetric_difference", READ_SELF, ITERATES),
        **each(f"{EQUALITY} {ORDER} isdisjoint issubset issuperset", LOOSELY_READ_SELF, ITERATES),
        **each("copy __reduce__", COPIES_SELF),
        **each("__len__ __iter__ __sizeof__", SIZE_OF_SELF),
        **each("__repr__", SHOWN_SELF),
        **each("__new__ __class_getitem__"),
        **each("__getattribute__", READ_ATTRIBUTE),
    }
}
DEQUE: Table = {
    "collections.deque": {
        # Where it has a greatest length, it is longer for a moment.
        **each("append appendleft", (0, APPEND, WRITE)),
        **each("pop popleft clear rotate reverse __setitem__", WRITE_SELF),
        **each("insert __delitem__ __imul__", LOOSELY_WRITE_SELF),
        **each("extend extendleft __iadd__", LOOSELY_WRITE_SELF, ITERATES),
        **each("__init__", LOOSELY_WRITE_SELF, ITERATES),
        **each("remove", (0, SEARCHED, WRITE)),
        **each("__getitem__", READ_SELF),
        **each("__len__ __iter__ __reversed__ __sizeof__", SIZE_OF_SELF),
        # They iterate, and each step takes the lock anew.
        **each("copy __copy__ __mul__ __rmul__ __reduce__", LOOSELY_COPIES_SELF),
        **each("__add__", LOOSELY_COPIES_SELF, ITERATES),
        **each("count index __contains__", (0, SEARCHED, READ)),
        **each(COMPARISON, DEEPLY_READ_SELF, LOOSE_ARGUMENTS),
        **each("__repr__", SHOWN_SELF),
        **each("__new__ __class_getitem__"),
        **each("__getattribute__", READ_ATTRIBUTE),
    }
}
BUFFERS: Table = {
    "builtins.bytearray": {
        **each(
            f"{TEXT} {SEQUENCE} {COMPARISON} decode hex copy", LOOSELY_READ_SELF, LOOSE_ARGUMENTS
        ),
        **each("__repr__ __reduce__ __reduce_ex__ __sizeof__ __alloc__", LOOSELY_READ_SELF),
        **each("__buffer__ __release_buffer__", LOOSELY_WRITE_SELF),  # counts its views
        **each("join", LOOSELY_READ_SELF, ITERATES, ARGUMENTS),
        **each("append clear insert pop remove resize reverse", LOOSELY_WRITE_SELF, ARGUMENTS),
        **each("__delitem__ __imul__ take_bytes", LOOSELY_WRITE_SELF, ARGUMENTS),
        **each("__setitem__", LOOSELY_WRITE_SELF, ARGUMENTS, (2, SOURCES, LOOSE_READ)),
        **each("extend __iadd__ __init__", LOOSELY_WRITE_SELF, ITERATES),
        **each("fromhex", ARGUMENTS),
        **each("__new__"),
        **each("__getattribute__", READ_ATTRIBUTE),
    },
    "array.array": {
        **each(f"{SEQUENCE} {COMPARISON} __repr__ count index", LOOSELY_READ_SELF, LOOSE_ARGUMENTS),
        **each("__copy__ __deepcopy__ __reduce_ex__ __sizeof__ buffer_info", LOOSELY_READ_SELF),
        **each("tobytes tolist tounicode", LOOSELY_READ_SELF),
        **each("__buffer__ __release_buffer__", LOOSELY_WRITE_SELF),
        **each("append byteswap clear insert pop remove reverse", LOOSELY_WRITE_SELF, ARGUMENTS),
        **each("__setitem__ __delitem__ __imul__", LOOSELY_WRITE_SELF, ARGUMENTS),
        **each("__iadd__ extend frombytes fromlist fromunicode", LOOSELY_WRITE_SELF, ITERATES),
        **each("__new__", ITERATES),
        **each("__class_getitem__"),
        **each("__getattribute__", READ_ATTRIBUTE),
        **unknown("fromfile tofile"),
    },
    # All that is read and written is the buffer behind it.
    "builtins.memoryview": {
        **each(f"{COMPARISON} __getitem__ __hash__ __iter__ count index", REACHES_SELF, ARGUMENTS),
        **each("__setitem__ __delitem__ cast release __exit__", REACHES_SELF, ARGUMENTS),
        **each("hex tobytes tolist toreadonly __buffer__ __release_buffer__", REACHES_SELF),
        **each("__new__ _from_flags", (1, ALL, LOOSE_WRITE)),
        **each("__enter__ __len__ __repr__ __class_getitem__"),
        **each("__getattribute__", READ_ATTRIBUTE),
    },
    "array": {
        **each("array", ITERATES),
        **each("_array_reconstructor", ARGUMENTS),
    },
}
TABLE: Table = {**LIST, **DICT, **SET, **DEQUE, **BUFFERS}
