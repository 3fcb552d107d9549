"""Functions that call functions, and objects that stand for one: functools and operator.

Sources: Modules/{_functools,_operator}module.c. Of an object that is called, operand 0 is itself.
"""

from __future__ import annotations

from gilscope.explore.bytecode.effects.rows import (
    ALL,
    ARGUMENTS,
    CALLBACK,
    CALLS_ARGUMENTS,
    CALLS_SELF,
    COMPARISON,
    DEEPLY_READ_SELF,
    ITEM,
    ITERATES,
    LOOSE_ARGUMENTS,
    LOOSE_READ,
    LOOSE_WRITE,
    REACHES_ARGUMENTS,
    READ_ATTRIBUTE,
    READ_SELF,
    REMOVE_ITEM,
    SOURCES,
    WRITE_ATTRIBUTE,
    WRITE_SELF,
    Row,
    Table,
    each,
)
from gilscope.explore.search.steps import READ, WRITE

FUNCTOOLS: Table = {
    "functools": each("partial _lru_cache_wrapper _PlaceholderType"),
    "_functools": {
        **each("reduce", (2, SOURCES, LOOSE_READ), CALLS_ARGUMENTS),
        **each("cmp_to_key"),
    },
    "functools.partial": {
        **each("__call__", READ_SELF, CALLS_SELF),
        **each("__new__ __get__ __class_getitem__"),
        **each("__reduce__ __repr__", DEEPLY_READ_SELF),
        **each("__setstate__", WRITE_SELF),
        **each("__getattribute__", READ_ATTRIBUTE),
        **each("__setattr__ __delattr__", WRITE_ATTRIBUTE),
    },
    # Its cache and counts change before and after the function that it calls.
    "functools._lru_cache_wrapper": {
        **each("__call__", WRITE_SELF, ARGUMENTS, CALLS_SELF),
        **each("cache_clear", WRITE_SELF),
        **each("cache_info", READ_SELF),
        **each("__get__ __copy__ __deepcopy__ __reduce__ __new__"),
    },
    "functools.KeyWrapper": {
        **each("__call__"),
        **each(COMPARISON, CALLS_SELF, DEEPLY_READ_SELF, ARGUMENTS),
        **each("__getattribute__", READ_ATTRIBUTE),
    },
}
GETTERS: Table = {
    "operator": each("attrgetter itemgetter methodcaller"),
    "operator.itemgetter": {
        **each("__call__", ARGUMENTS),
        **each("__new__ __reduce__"),
        **each("__repr__", DEEPLY_READ_SELF),
        **each("__getattribute__", READ_ATTRIBUTE),
    },
    # Attributes are read whose names stand in the getter, one after the other: any may be meant.
    "operator.attrgetter": {
        **each("__call__", REACHES_ARGUMENTS),
        **each("__new__ __reduce__ __repr__"),
        **each("__getattribute__", READ_ATTRIBUTE),
    },
    # A method of any type; if it is Python, it is seen as it runs.
    "operator.methodcaller": {
        **each("__call__", REACHES_ARGUMENTS),
        **each("__new__ __reduce__"),
        **each("__repr__", DEEPLY_READ_SELF),
        **each("__getattribute__", READ_ATTRIBUTE),
    },
    **{
        f"{module}._tuplegetter": {
            **each("__get__ __new__ __reduce__ __repr__"),
            **each("__set__ __delete__"),  # they only raise
        }
        for module in ("collections", "_collections")
    },
}
CHANGES: tuple[Row, Row] = ((1, ALL, LOOSE_WRITE), ITERATES)
OPERATORS: Table = {
    "_operator": {
        **each("abs eq ge gt inv invert le lt ne neg not_ pos truth", LOOSE_ARGUMENTS),
        **each(
            "add and_ floordiv lshift matmul mod mul or_ pow rshift sub truediv xor",
            LOOSE_ARGUMENTS,
        ),
        **each("concat index _compare_digest", LOOSE_ARGUMENTS),
        **each("contains countOf indexOf", (1, SOURCES, LOOSE_READ), LOOSE_ARGUMENTS),
        **each("is_ is_not is_none is_not_none"),
        **each("length_hint", ARGUMENTS),
        **each("getitem", (1, ITEM, READ)),
        **each("setitem", (1, ITEM, WRITE), (3, SOURCES, LOOSE_READ)),
        **each("delitem", (1, REMOVE_ITEM, WRITE)),
        **each("iadd iand iconcat ifloordiv ilshift imatmul imod imul ior ipow irshift", *CHANGES),
        **each("isub itruediv ixor", *CHANGES),
        **each("call", (1, CALLBACK, READ)),
    },
}
TABLE: Table = {**FUNCTOOLS, **GETTERS, **OPERATORS}
