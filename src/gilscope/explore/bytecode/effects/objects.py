"""What all objects have, classes, and what binds functions to objects.

Sources: Objects/{typeobject,object,descrobject,funcobject,classobject,weakrefobject}.c.
An instance's attributes and its `__dict__` are one object here.
"""

from __future__ import annotations

from gilscope.explore.bytecode.effects.rows import (
    ALL,
    ARGUMENTS,
    CALLS_SELF,
    CLEARS_FRAME,
    COMPARISON,
    DEEPLY_READ_SELF,
    INITIAL,
    ITERATES,
    LOOSELY_READ_SELF,
    ORDER,
    REACHES_ARGUMENTS,
    READ_ATTRIBUTE,
    READ_SELF,
    WRITE_ATTRIBUTE,
    WRITE_SELF,
    Named,
    Table,
    alike,
    each,
    unknown,
)
from gilscope.explore.search.steps import READ, WRITE

ATTRIBUTES: Named = {
    **each("__getattribute__", READ_ATTRIBUTE),
    **each("__setattr__ __delattr__", WRITE_ATTRIBUTE),
}
OBJECTS: Table = {
    "builtins.object": {
        **ATTRIBUTES,
        **each("__new__ __init__ __init_subclass__ __subclasshook__ __sizeof__ __hash__ __repr__"),
        **each("__eq__"),
        **each(f"__ne__ {ORDER} __str__ __format__", DEEPLY_READ_SELF, ARGUMENTS),
        **each("__reduce__ __reduce_ex__ __getstate__ __dir__", LOOSELY_READ_SELF),
    },
    "builtins.type": {
        **ATTRIBUTES,
        **each("__new__", ITERATES),
        **each("__call__", CALLS_SELF, INITIAL),
        **each(
            "__init__ __prepare__ __instancecheck__ __subclasscheck__ __sizeof__ __or__ __ror__"
        ),
        **each("__repr__ mro __dir__", READ_SELF),
        **unknown("__subclasses__"),
    },
    "builtins.module": {
        **ATTRIBUTES,
        **each("__new__"),
        **each("__init__", WRITE_SELF),
        **each("__dir__ __repr__", READ_SELF),
    },
    "types.SimpleNamespace": {
        **ATTRIBUTES,
        **each("__new__"),
        **each("__init__", WRITE_SELF, INITIAL),
        **each(f"{COMPARISON} __repr__", DEEPLY_READ_SELF, ARGUMENTS),
        **each("__reduce__ __replace__", LOOSELY_READ_SELF, ARGUMENTS),
    },
    "types": {
        **each("SimpleNamespace", INITIAL),
        **each("GenericAlias UnionType"),
    },
}
CALLABLES: Table = {
    "builtins.function": {
        **each("__call__", CALLS_SELF),
        **each("__get__ __repr__ __new__"),
    },
    "builtins.method": {
        **ATTRIBUTES,
        **each("__call__", CALLS_SELF),
        **each(f"__get__ __hash__ __new__ {COMPARISON}"),
        **each("__reduce__ __repr__", DEEPLY_READ_SELF),
    },
    "builtins.builtin_function_or_method": {
        **each("__call__", CALLS_SELF),
        **each(f"__hash__ {COMPARISON}"),
        **each("__repr__ __reduce__", DEEPLY_READ_SELF),
        **each("__getattribute__", READ_ATTRIBUTE),
    },
    "builtins.method-wrapper": {
        **each("__call__", CALLS_SELF),
        **each(f"__hash__ {COMPARISON} __repr__ __reduce__"),
        **each("__getattribute__", READ_ATTRIBUTE),
    },
    **alike(
        "builtins.method_descriptor builtins.wrapper_descriptor",
        {
            **each("__call__", CALLS_SELF),
            **each("__get__ __repr__ __reduce__"),
            **each("__getattribute__", READ_ATTRIBUTE),
        },
    ),
    "builtins.classmethod_descriptor": {
        **each("__call__", CALLS_SELF),
        **each("__get__ __repr__"),
        **each("__getattribute__", READ_ATTRIBUTE),
    },
    "builtins.member_descriptor": {
        **each("__get__", (1, ALL, READ)),
        **each("__set__ __delete__", (1, ALL, WRITE)),
        **each("__repr__ __reduce__"),
        **each("__getattribute__", READ_ATTRIBUTE),
    },
    "builtins.getset_descriptor": {
        **unknown("__get__ __set__ __delete__"),
        **each("__repr__"),
        **each("__getattribute__", READ_ATTRIBUTE),
    },
    "builtins.property": {
        **each("__new__ getter setter deleter"),
        **each("__init__ __set_name__", WRITE_SELF),
        **each("__get__ __set__ __delete__", CALLS_SELF, REACHES_ARGUMENTS),
        **each("__getattribute__", READ_ATTRIBUTE),
    },
    "builtins.staticmethod": {
        **each("__call__", CALLS_SELF),
        **each("__init__", WRITE_SELF),
        **each("__get__ __new__ __repr__ __class_getitem__"),
    },
    "builtins.classmethod": {
        **each("__init__", WRITE_SELF),
        **each("__get__ __new__ __repr__ __class_getitem__"),
    },
    "builtins.super": {
        **each("__new__ __get__ __repr__"),
        **each("__init__", WRITE_SELF),
        **unknown("__getattribute__"),  # of the object behind it
    },
    "builtins.cell": {
        **each(f"{COMPARISON} __repr__", DEEPLY_READ_SELF, ARGUMENTS),
        **each("__new__"),
        **each("__getattribute__", READ_ATTRIBUTE),
    },
    "builtins.code": {
        **each(f"{COMPARISON} __hash__ __repr__ __sizeof__ _varname_from_oparg co_lines"),
        **each("co_positions co_branches replace __replace__"),
        **each("__getattribute__", READ_ATTRIBUTE),
        **unknown("__new__"),
    },
    "builtins.frame": {
        **each("__repr__"),
        **each("clear", CLEARS_FRAME),
        **unknown("__getattribute__ __setattr__ __delattr__ __sizeof__"),
    },
    "builtins.traceback": unknown("__getattribute__ __dir__ __new__"),
}
# Whether the object behind it still lives is for the collector, and no thread, to decide: where a
# finalizer runs is seen apart.
WEAK: Table = {
    "weakref.ReferenceType": {
        **each("__call__ __new__ __init__ __hash__ __repr__ __class_getitem__"),
        **each(COMPARISON, DEEPLY_READ_SELF, ARGUMENTS),
    },
    "weakref": {
        **each("ReferenceType"),
        **unknown("ProxyType CallableProxyType"),
    },
    "_weakref": {
        **each("proxy getweakrefcount getweakrefs"),
        # Removes a key of a dict if what it refers to is dead.
        **each("_remove_dead_weakref", (1, ALL, WRITE)),
    },
}
_NUMBER_METHODS = [
    "add",
    "and",
    "divmod",
    "floordiv",
    "lshift",
    "matmul",
    "mod",
    "mul",
    "or",
    "pow",
    "rshift",
    "sub",
    "truediv",
    "xor",
]
_PROXIED = " ".join(
    f"__{prefix}{name}__" for name in _NUMBER_METHODS for prefix in ("", "r", "i")
).replace("__idivmod__ ", "")
# A proxy does to an object of any type what is done to it.
PROXY: Named = {
    **unknown(_PROXIED),
    **unknown(f"__abs__ __bool__ __contains__ __delattr__ __delitem__ {COMPARISON} __float__"),
    **unknown("__getattribute__ __getitem__ __index__ __int__ __invert__ __iter__ __len__"),
    **unknown("__neg__ __next__ __pos__ __repr__ __setattr__ __setitem__ __str__"),
}
PROXIES: Table = {
    "weakref.ProxyType": {**PROXY, **unknown("__bytes__ __reversed__")},
    "weakref.CallableProxyType": {**PROXY, **unknown("__call__")},
}
UNION: Named = {
    **each(f"__hash__ {COMPARISON} __repr__ __getitem__ __or__ __ror__"),
    **each("__getattribute__", READ_ATTRIBUTE),
}
GENERIC: Table = {
    "types.GenericAlias": {
        **each("__call__", CALLS_SELF),
        **each(f"__hash__ {COMPARISON} __repr__ __getitem__ __or__ __ror__ __new__"),
        **each("__iter__ __reduce__ __dir__ __mro_entries__"),
        **each("__instancecheck__ __subclasscheck__"),
        **each("__getattribute__", READ_ATTRIBUTE),
    },
    "types.UnionType": UNION,
    "typing": each("Union"),
    "typing.Union": {**UNION, **each("__class_getitem__ __mro_entries__")},
}
TABLE: Table = {**OBJECTS, **CALLABLES, **WEAK, **PROXIES, **GENERIC}
