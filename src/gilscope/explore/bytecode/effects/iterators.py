"""Iterators, those of itertools among them. To make one reads no more than a size; a step of it is
NEXT: it changes itself, and reads what it goes through.

Sources: Objects/{iter,enum,range,gen}object.c, Modules/itertoolsmodule.c. Without the GIL a step is
not atomic (3.13) or may be made twice (3.14), but for itertools.count from 3.13 on.
"""

from __future__ import annotations

from gilscope.explore.bytecode.effects.rows import (
    ARGUMENTS,
    AS_TUPLE,
    CALLS_SELF,
    ITERATES,
    LOOSE_READ,
    LOOSELY_READ_SELF,
    LOOSELY_WRITE_SELF,
    NEXT_OF_SELF,
    RAISES,
    REACHES_SELF,
    READ_ATTRIBUTE,
    SIZES,
    SOURCES,
    WRITE_SELF,
    Named,
    Row,
    Table,
    alike,
    each,
    unknown,
)

READS_SOURCES: Row = (0, SOURCES, LOOSE_READ)
NAMED = each("__getattribute__", READ_ATTRIBUTE)
STEPPING: Named = {**each("__iter__"), **each("__next__", NEXT_OF_SELF)}
ITERATOR: Named = {**STEPPING, **NAMED}
REDUCED = each("__reduce__", LOOSELY_READ_SELF)
SAVED = {**REDUCED, **each("__setstate__", LOOSELY_WRITE_SELF)}
HINTED = each("__length_hint__", LOOSELY_READ_SELF, READS_SOURCES)
DRAINED = each("__reduce__", LOOSELY_WRITE_SELF, READS_SOURCES)
# A step calls a function or goes on in another iterator; both may be Python.
CALLING: Named = {**NAMED, **each("__iter__"), **each("__next__", NEXT_OF_SELF, CALLS_SELF)}

OF_CONTAINERS: Table = {
    **alike(
        "builtins.list_iterator builtins.list_reverseiterator builtins.tuple_iterator"
        " builtins.bytes_iterator builtins.bytearray_iterator builtins.str_iterator"
        " builtins.str_ascii_iterator builtins.range_iterator builtins.longrange_iterator"
        " builtins.iterator",
        {**ITERATOR, **SAVED, **HINTED},
    ),
    "builtins.reversed": {**ITERATOR, **SAVED, **HINTED, **each("__new__", SIZES)},
    # To reduce them goes through what is left of them.
    **alike(
        "builtins.set_iterator builtins.dict_keyiterator builtins.dict_valueiterator"
        " builtins.dict_itemiterator",
        {**ITERATOR, **HINTED, **DRAINED},
    ),
    **alike(
        "builtins.dict_reversekeyiterator builtins.dict_reversevalueiterator"
        " builtins.dict_reverseitemiterator",
        {**STEPPING, **HINTED, **DRAINED},
    ),
    **alike(
        "_collections._deque_iterator _collections._deque_reverse_iterator"
        " collections._deque_iterator collections._deque_reverse_iterator",
        {**ITERATOR, **HINTED, **DRAINED, **each("__new__", ITERATES)},
    ),
    "builtins.odict_iterator": {**ITERATOR, **DRAINED},
    "array.arrayiterator": {**ITERATOR, **SAVED},
    "builtins.callable_iterator": {**CALLING, **REDUCED},
    "builtins.generic_alias_iterator": {**STEPPING, **REDUCED},
    **alike(
        "builtins.line_iterator builtins.positions_iterator string.templatelib.TemplateIter",
        STEPPING,
    ),
    **alike(
        "builtins.memory_iterator builtins.formatteriterator builtins.fieldnameiterator", ITERATOR
    ),
}
OF_BUILTINS: Table = {
    "builtins.enumerate": {
        **ITERATOR,
        **REDUCED,
        **each("__new__", SIZES),
        **each("__class_getitem__"),
    },
    "builtins.filter": {**CALLING, **REDUCED, **each("__new__", SIZES)},
    **alike("builtins.map builtins.zip", {**CALLING, **SAVED, **each("__new__", SIZES)}),
}
OF_ITERTOOLS: Table = {
    **alike(
        "itertools.accumulate itertools.cycle itertools.dropwhile itertools.groupby"
        " itertools.islice itertools.takewhile itertools.zip_longest",
        {**CALLING, **SAVED, **each("__new__", SIZES)},
    ),
    "itertools.chain": {
        **CALLING,
        **SAVED,
        **each("__new__ from_iterable", SIZES),
        **each("__class_getitem__"),
    },
    **alike(
        "itertools.compress itertools.filterfalse itertools.starmap",
        {**CALLING, **REDUCED, **each("__new__", SIZES)},
    ),
    **alike("itertools.batched itertools.pairwise", {**CALLING, **each("__new__", SIZES)}),
    # They make a tuple of their source first.
    **alike(
        "itertools.combinations itertools.combinations_with_replacement itertools.permutations"
        " itertools.product",
        {**ITERATOR, **SAVED, **each("__new__", AS_TUPLE), **each("__sizeof__", LOOSELY_READ_SELF)},
    ),
    "itertools.count": {
        **NAMED,
        **each("__iter__"),
        **each("__next__", WRITE_SELF),
        **each("__reduce__ __repr__", LOOSELY_READ_SELF),
        **each("__new__", ARGUMENTS),
    },
    "itertools.repeat": {
        **ITERATOR,
        **each("__reduce__ __repr__ __length_hint__", LOOSELY_READ_SELF),
        **each("__new__", ARGUMENTS),
    },
    # A group and its parent advance one iterator; copies of a tee share a buffer.
    "itertools._grouper": {
        **NAMED,
        **REDUCED,
        **each("__next__", NEXT_OF_SELF, REACHES_SELF),
        **each("__iter__ __new__"),
    },
    "itertools._tee": {
        **each("__next__", NEXT_OF_SELF, REACHES_SELF),
        **each("__copy__ __reduce__", LOOSELY_READ_SELF),
        **each("__setstate__", LOOSELY_WRITE_SELF),
        **each("__new__", ITERATES),
        **each("__iter__"),
    },
    "itertools._tee_dataobject": unknown("__new__ __reduce__ __getattribute__"),
    "itertools": {
        **each(
            "accumulate batched chain compress cycle dropwhile filterfalse groupby islice", SIZES
        ),
        **each("pairwise starmap takewhile zip_longest", SIZES),
        **each("combinations combinations_with_replacement permutations product", AS_TUPLE),
        **each("count repeat", ARGUMENTS),
        **each("tee _tee", ITERATES),
        **each("_grouper"),
        **unknown("_tee_dataobject"),
    },
}

# A generator is Python code, seen as it runs; that it runs is a change of it.
GENERATORS: Table = {
    "builtins.generator": {
        **each("send close __next__", WRITE_SELF),
        **each("throw", WRITE_SELF, RAISES),
        **each("__iter__ __repr__ __sizeof__ __class_getitem__"),
        **each("__getattribute__", READ_ATTRIBUTE),
        **each("__del__", WRITE_SELF),
    },
    "builtins.coroutine": {
        **each("send close", WRITE_SELF),
        **each("throw", WRITE_SELF, RAISES),
        **each("__await__ __repr__ __sizeof__ __class_getitem__"),
        **each("__getattribute__", READ_ATTRIBUTE),
        **each("__del__", WRITE_SELF),
    },
    "builtins.coroutine_wrapper": {
        **each("send close __next__", REACHES_SELF),
        **each("throw", REACHES_SELF, RAISES),
        **each("__iter__"),
        **each("__getattribute__", READ_ATTRIBUTE),
    },
    "builtins.async_generator": {
        **each("__aiter__ __repr__ __sizeof__ __class_getitem__"),
        **each("__anext__ aclose asend __del__", WRITE_SELF),
        **each("athrow", WRITE_SELF, RAISES),
        **each("__getattribute__", READ_ATTRIBUTE),
    },
    **alike(
        "builtins.async_generator_asend builtins.async_generator_athrow",
        {
            **each("send close __next__", REACHES_SELF),
            **each("throw", REACHES_SELF, RAISES),
            **each("__await__ __iter__"),
            **each("__del__", WRITE_SELF),
            **each("__getattribute__", READ_ATTRIBUTE),
        },
    ),
    "builtins.anext_awaitable": {
        **each("send close __next__", REACHES_SELF),
        **each("throw", REACHES_SELF, RAISES),
        **each("__await__ __iter__"),
        **each("__getattribute__", READ_ATTRIBUTE),
    },
    "builtins.async_generator_wrapped_value": each("__getattribute__", READ_ATTRIBUTE),
}
TABLE: Table = {**OF_CONTAINERS, **OF_BUILTINS, **OF_ITERTOOLS, **GENERATORS}
