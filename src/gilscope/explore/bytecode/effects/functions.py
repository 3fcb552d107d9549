"""The functions and types of builtins, when called. Source: Python/bltinmodule.c."""

from __future__ import annotations

from gilscope.explore.bytecode import stepwise
from gilscope.explore.bytecode.effects.rows import (
    ALL,
    ALL_ARGUMENTS,
    ALL_POSITIONAL,
    ARGUMENTS,
    AS_LIST,
    AS_SET,
    AS_TUPLE,
    ATTRIBUTE,
    CALLBACK,
    CALLS_KEYWORDS,
    DEEP,
    DICT,
    IMPORTED,
    INIT,
    ITERATES,
    LOCKS_DICT,
    LOOSE_READ,
    LOOSE_WRITE,
    NAMES,
    NEXT,
    SHAPE,
    SIZES,
    SOURCES,
    STEPS,
    WRITE_OUTSIDE,
    WRITER,
    Named,
    Table,
    each,
    unknown,
)
from gilscope.explore.search.steps import READ, WRITE

FUNCTIONS: Named = {
    **each("len", (1, SHAPE, READ)),
    **each("getattr hasattr", (1, ATTRIBUTE, READ)),
    **each("setattr delattr", (1, ATTRIBUTE, WRITE)),
    **each("vars", (1, DICT, READ)),
    **each("dir", (1, NAMES, READ)),
    **each("next", (1, NEXT, WRITE)),
    **each("anext aiter"),
    **each("iter", SIZES),
    # Keys and comparisons run between the items, which a list of their own holds by then.
    **each("sorted", AS_LIST, ARGUMENTS, CALLS_KEYWORDS),
    **each("sum any all", ITERATES, ARGUMENTS),
    **each("min max", ITERATES, ARGUMENTS, CALLS_KEYWORDS),
    # What other threads do to the names of a module or class is seen where they are used.
    **each("isinstance issubclass id callable globals locals"),
    **each("__build_class__", (1, CALLBACK, READ)),
    **each("abs ascii bin chr divmod format hash hex oct ord pow repr round", ARGUMENTS),
    # What is written is no state of the program, but in one order with all else outside of it.
    **each("print", (ALL_POSITIONAL, DEEP, READ), (0, WRITER, WRITE), WRITE_OUTSIDE),
    # A warning that it gives goes the way of `warnings.warn`.
    **each("compile", ARGUMENTS, WRITE_OUTSIDE),
    **each("__import__", (1, IMPORTED, READ)),
    **unknown("__lazy_import__ breakpoint eval exec input"),
}
TYPES: Named = {
    **each("object super property staticmethod classmethod slice ellipsis NoneType"),
    **each("NotImplementedType sentinel method function cell mappingproxy"),
    **each("complex float int range str", ARGUMENTS),
    **each("bool", SIZES),
    **each("list", AS_LIST),
    **each("bytearray bytes", AS_LIST),
    **each("tuple", AS_TUPLE),
    **each("set frozenset", AS_SET),
    **each("dict frozendict", (ALL_ARGUMENTS, INIT, LOOSE_READ | LOCKS_DICT)),
    **each("enumerate filter map reversed zip", SIZES),
    **each("memoryview", (1, ALL, LOOSE_WRITE)),  # counts the views of a bytearray
    # With three arguments, a class: its names are copied, its bases told.
    **each("type", (3, SOURCES, LOOSE_READ), (2, ALL, READ)),
    **each("builtin_function_or_method classmethod_descriptor getset_descriptor"),
    **each("member_descriptor method-wrapper method_descriptor wrapper_descriptor"),
    **unknown("code frame traceback module generator coroutine async_generator"),
}
# They keep what they get as it is.
EXCEPTIONS: Named = {
    **each("BaseException Exception ArithmeticError AssertionError AttributeError BufferError"),
    **each("EOFError FloatingPointError GeneratorExit ImportError IndexError KeyError"),
    **each("KeyboardInterrupt LookupError MemoryError ModuleNotFoundError NameError"),
    **each("NotImplementedError OverflowError RecursionError ReferenceError RuntimeError"),
    **each("StopAsyncIteration StopIteration SystemError SystemExit TypeError"),
    **each("UnboundLocalError ValueError ZeroDivisionError PythonFinalizationError"),
    **each("ImportCycleError"),
    **each("OSError BlockingIOError BrokenPipeError ChildProcessError ConnectionAbortedError"),
    **each("ConnectionError ConnectionRefusedError ConnectionResetError FileExistsError"),
    **each("FileNotFoundError InterruptedError IsADirectoryError NotADirectoryError"),
    **each("PermissionError ProcessLookupError TimeoutError"),
    **each("Warning BytesWarning DeprecationWarning EncodingWarning FutureWarning ImportWarning"),
    **each("PendingDeprecationWarning ResourceWarning RuntimeWarning SyntaxWarning"),
    **each("UnicodeWarning UserWarning"),
    **each("BaseExceptionGroup ExceptionGroup", AS_TUPLE),
    **each("SyntaxError IndentationError TabError _IncompleteInputError", AS_TUPLE),
    **each("UnicodeError UnicodeDecodeError UnicodeEncodeError UnicodeTranslateError", ARGUMENTS),
}
# Without the GIL, a container that is not locked meanwhile is gone through by Python code instead.
for _name, _kind in stepwise.KINDS.items():
    for _functions in (FUNCTIONS, TYPES):
        if _name in _functions:
            _functions[_name] = (*(_functions[_name] or ()), (1, STEPS, _kind))
TABLE: Table = {"builtins": {**FUNCTIONS, **TYPES, **EXCEPTIONS}}
