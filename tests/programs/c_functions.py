"""Every function in C of the modules below, as explore.bytecode.effects names it; prints JSON."""

import importlib
import json
import sys
import types

from gilscope.explore.bytecode.effects import is_classified, owner_and_name
from gilscope.explore.bytecode.effects.unknown import UNKNOWN_MODULES

MODULES = """
    _abc _asyncio _bisect _blake2 _codecs _collections _contextvars _csv _datetime _decimal
    _functools _hashlib _heapq _io _json _locale _md5 _opcode _operator _pickle
    _posixsubprocess _queue _random
    _sha1 _sha2 _sha256 _sha3 _sha512 _signal _socket _sre _stat _statistics _string _struct _thread
    _tracemalloc _typing _uuid _warnings _weakref array atexit binascii builtins cmath collections
    contextvars datetime decimal errno faulthandler functools gc itertools marshal math operator
    posix re select string.templatelib sys time types unicodedata weakref zlib
""".split()
HEAP_TYPE, IMMUTABLE_TYPE = 1 << 9, 1 << 8  # Py_TPFLAGS of Include/object.h


def is_present(name):
    try:
        importlib.import_module(name)
    except ImportError:
        return False  # of another version, or not built
    return True


def all_types(kind=object, found=None):
    found = {object} if found is None else found
    for each in type.__subclasses__(kind):
        if each not in found:
            found.add(each)
            all_types(each, found)
    return found


def is_in_c(kind):
    if not kind.__flags__ & HEAP_TYPE or kind.__flags__ & IMMUTABLE_TYPE:
        return True
    module = sys.modules.get(kind.__module__)
    file = getattr(module, "__file__", None) or ""
    in_c = kind.__module__ in sys.builtin_module_names or file.endswith(".so")
    return in_c and kind.__module__ in MODULES


def attributes(kind):
    for name in vars(kind):
        if not isinstance(vars(kind)[name], (type, types.FunctionType)):
            yield from ([name] if callable(getattr(kind, name, None)) else [])


def functions_in_c():
    for name in filter(is_present, [*MODULES, *sorted(UNKNOWN_MODULES)]):
        for each in vars(importlib.import_module(name)).values():
            if isinstance(each, types.BuiltinFunctionType):
                yield owner_and_name(each)
            if isinstance(each, type) and is_in_c(each):
                yield owner_and_name(each)
    for kind in filter(is_in_c, all_types()):
        owner = f"{kind.__module__}.{kind.__qualname__}"
        for name in attributes(kind):
            if owner_and_name(getattr(kind, name)) == (owner, name):
                yield owner, name


def tell():
    present = sorted(set(functions_in_c()))
    print(
        json.dumps(
            {
                "present": present,
                "unclassified": [each for each in present if not is_classified(*each)],
            }
        )
    )


tell()
