"""Types whose instances nobody can change: what their methods read of arguments.

An argument may be a buffer (bytearray), a container to format or look up, or have `__index__` and
its like in Python, which is seen as it runs. Sources: Objects/{long,float,unicode,bytes}object.c.
"""

from __future__ import annotations

from gilscope.explore.bytecode.effects.rows import (
    ARGUMENTS,
    AS_LIST,
    AS_SET,
    AS_TUPLE,
    COMPARISON,
    DEEPLY_READ_SELF,
    EQUALITY,
    INITIAL,
    ITERATES,
    LOOSE_ARGUMENTS,
    ORDER,
    REACHES_ARGUMENTS,
    READ_ATTRIBUTE,
    Named,
    Table,
    alike,
    each,
)

ARITHMETIC = (
    "__abs__ __add__ __bool__ __divmod__ __floordiv__ __mod__ __mul__ __neg__ __pos__ __pow__"
    " __radd__ __rdivmod__ __rfloordiv__ __rmod__ __rmul__ __rpow__ __rsub__ __rtruediv__ __sub__"
    " __truediv__"
)
ROUNDING = "__ceil__ __float__ __floor__ __format__ __int__ __round__ __trunc__"
BITS = (
    "__and__ __invert__ __lshift__ __or__ __rand__ __rlshift__ __ror__ __rrshift__ __rshift__"
    " __rxor__ __xor__"
)
SEQUENCE = "__add__ __contains__ __getitem__ __iter__ __len__ __mul__ __rmul__"
# What str, bytes and bytearray have in common.
TEXT = (
    "capitalize center count endswith expandtabs find index isalnum isalpha isascii isdigit islower"
    " isspace istitle isupper ljust lower lstrip maketrans partition removeprefix removesuffix"
    " replace rfind rindex rjust rpartition rsplit rstrip split splitlines startswith strip"
    " swapcase title translate upper zfill __mod__ __rmod__ __str__"
)
SHARED: Named = {
    **each(f"__repr__ __hash__ {COMPARISON} __getnewargs__", ARGUMENTS),
    **each("__getattribute__", READ_ATTRIBUTE),
}
VALUE: Named = {**SHARED, **each("__new__", ARGUMENTS)}

NUMBERS: Table = {
    "builtins.int": {
        **VALUE,
        **each(f"{ARITHMETIC} {ROUNDING} {BITS} __index__ __sizeof__", ARGUMENTS),
        **each("as_integer_ratio bit_count bit_length conjugate is_integer to_bytes", ARGUMENTS),
        **each("from_bytes", AS_LIST),
    },
    "builtins.bool": each(
        "__and__ __invert__ __new__ __or__ __rand__ __repr__ __ror__ __rxor__ __xor__", ARGUMENTS
    ),
    "builtins.float": {
        **VALUE,
        **each(f"{ARITHMETIC} {ROUNDING} __getformat__", ARGUMENTS),
        **each("as_integer_ratio conjugate from_number fromhex hex is_integer", ARGUMENTS),
    },
    "builtins.complex": {
        **VALUE,
        **each("__abs__ __add__ __bool__ __mul__ __neg__ __pos__ __pow__ __radd__", ARGUMENTS),
        **each("__rmul__ __rpow__ __rsub__ __rtruediv__ __sub__ __truediv__", ARGUMENTS),
        **each("__complex__ __format__ conjugate from_number", ARGUMENTS),
    },
}
TEXTS: Table = {
    "builtins.str": {
        **VALUE,
        **each(f"{TEXT} {SEQUENCE} __format__ __sizeof__", ARGUMENTS),
        # A field may name attributes and items of what it shows: any of them may be read.
        **each("format format_map", ARGUMENTS, REACHES_ARGUMENTS),
        **each("casefold encode isdecimal isidentifier isnumeric", ARGUMENTS),
        **each("isprintable", ARGUMENTS),
        **each("join", AS_LIST),
    },
    "builtins.bytes": {
        **SHARED,
        **each(f"{TEXT} {SEQUENCE} __bytes__ __buffer__ decode fromhex hex", ARGUMENTS),
        **each("__new__", AS_LIST),
        **each("join", ITERATES, ARGUMENTS),
    },
}
CONSTANTS: Table = {
    "builtins.range": {
        **each(f"__hash__ {COMPARISON} __new__ __repr__", ARGUMENTS),
        **each("__bool__ __contains__ __getitem__ __iter__ __len__ __reduce__", ARGUMENTS),
        **each("__reversed__ count index", ARGUMENTS),
        **each("__getattribute__", READ_ATTRIBUTE),
    },
    "builtins.slice": {
        **each(f"__hash__ {COMPARISON} __repr__ indices", DEEPLY_READ_SELF, ARGUMENTS),
        **each("__new__ __reduce__ __class_getitem__"),
        **each("__getattribute__", READ_ATTRIBUTE),
    },
    "builtins.NoneType": {
        **each(f"__bool__ __hash__ __new__ __repr__ {COMPARISON}"),
    },
    "builtins.ellipsis": {
        **each("__new__ __reduce__ __repr__"),
        **each("__getattribute__", READ_ATTRIBUTE),
    },
    "builtins.NotImplementedType": each("__bool__ __new__ __reduce__ __repr__"),
    "builtins.NoDefaultType": each("__new__ __reduce__ __repr__"),
    "builtins.sentinel": {
        **each(f"__copy__ __deepcopy__ {COMPARISON} __hash__ __new__ __or__ __reduce__ __repr__"),
        **each("__ror__"),
    },
    "functools._PlaceholderType": each("__new__ __reduce__ __repr__"),
    "Token.MISSING": {**each("__repr__"), **each("__getattribute__", READ_ATTRIBUTE)},
}
# Immutable, and they hold other objects: comparing and printing looks into those.
HOLDERS: Table = {
    "builtins.tuple": {
        **each(f"{COMPARISON} __repr__ __hash__", DEEPLY_READ_SELF, LOOSE_ARGUMENTS),
        **each("__contains__ count index", DEEPLY_READ_SELF, LOOSE_ARGUMENTS),
        **each("__add__ __getitem__ __iter__ __len__ __mul__ __rmul__ __getnewargs__"),
        **each("__class_getitem__"),
        **each("__new__", AS_TUPLE),
        **each("__getattribute__", READ_ATTRIBUTE),
    },
    "builtins.frozenset": {
        **each("__repr__", DEEPLY_READ_SELF),
        **each(f"{EQUALITY} {ORDER} __and__ __or__ __sub__ __xor__ __rand__ __ror__", ITERATES),
        **each(
            "__rsub__ __rxor__ difference intersection isdisjoint issubset issuperset", ITERATES
        ),
        **each("symmetric_difference union", ITERATES),
        **each("__contains__", ARGUMENTS),
        **each("__hash__ __iter__ __len__ __reduce__ __sizeof__ __class_getitem__ copy"),
        **each("__new__", AS_SET),
        **each("__getattribute__", READ_ATTRIBUTE),
    },
    "builtins.frozendict": {
        **each(f"{COMPARISON} __repr__ __hash__", DEEPLY_READ_SELF, LOOSE_ARGUMENTS),
        **each("__contains__ __getitem__ get", ARGUMENTS),
        **each("__iter__ __len__ __reversed__ __sizeof__ __class_getitem__ copy keys values items"),
        **each("__getnewargs__"),
        **each("__or__ __ror__ __new__", INITIAL),
        **each("fromkeys", ITERATES),
    },
}
STRUCT_SEQUENCES = alike(
    "time.struct_time posix.sched_param posix.times_result posix.uname_result"
    " posix.waitid_result builtins.asyncgen_hooks builtins.UnraisableHookArgs"
    " _thread._ExceptHookArgs sys.float_info sys.hash_info sys.int_info sys.thread_info",
    {
        **each("__new__", ITERATES),
        **each("__reduce__ __replace__"),
        **each("__repr__", DEEPLY_READ_SELF),
    },
)
READ_ONLY_SEQUENCES = alike(
    "sys.flags sys.version_info", each("__reduce__ __repr__ __replace__", DEEPLY_READ_SELF)
)
TABLE: Table = {
    **NUMBERS,
    **TEXTS,
    **CONSTANTS,
    **HOLDERS,
    **STRUCT_SEQUENCES,
    **READ_ONLY_SEQUENCES,
    "os.statx_result": each("__repr__"),
    "os": each("statx_result"),
}
