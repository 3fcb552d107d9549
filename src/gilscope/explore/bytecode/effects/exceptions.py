"""The methods of exceptions. Before 3.14, each of these types has its own `__init__`."""

from __future__ import annotations

from gilscope.explore.bytecode.effects.rows import (
    ARGUMENTS,
    AS_TUPLE,
    CALLS_ARGUMENTS,
    DEEPLY_READ_SELF,
    READ_ATTRIBUTE,
    READ_SELF,
    WRITE_ATTRIBUTE,
    WRITE_SELF,
    Named,
    Table,
    alike,
    each,
)

INITIALISED = each("__init__", WRITE_SELF, ARGUMENTS)
MADE: Named = {**INITIALISED, **each("__new__")}
SHOWN = each("__str__", DEEPLY_READ_SELF)
SAVED = each("__reduce__", READ_SELF)
PLAIN: Table = alike(
    "builtins.ArithmeticError builtins.AssertionError builtins.BufferError builtins.BytesWarning"
    " builtins.DeprecationWarning builtins.EOFError builtins.EncodingWarning builtins.Exception"
    " builtins.FloatingPointError builtins.FutureWarning builtins.GeneratorExit"
    " builtins.ImportWarning builtins.IndexError builtins.KeyboardInterrupt builtins.LookupError"
    " builtins.MemoryError builtins.NotImplementedError builtins.OverflowError"
    " builtins.PendingDeprecationWarning builtins.PythonFinalizationError"
    " builtins.RecursionError builtins.ReferenceError builtins.ResourceWarning"
    " builtins.RuntimeError builtins.RuntimeWarning builtins.StopAsyncIteration"
    " builtins.SyntaxWarning builtins.SystemError builtins.TypeError builtins.UnicodeError"
    " builtins.UnicodeWarning builtins.UserWarning builtins.ValueError builtins.Warning"
    " builtins.ZeroDivisionError",
    MADE,
)
OF_ONE_BASE: Table = alike(
    "builtins.BlockingIOError builtins.BrokenPipeError builtins.ChildProcessError"
    " builtins.ConnectionAbortedError builtins.ConnectionError builtins.ConnectionRefusedError"
    " builtins.ConnectionResetError builtins.FileExistsError builtins.FileNotFoundError"
    " builtins.IndentationError builtins.InterruptedError builtins.IsADirectoryError"
    " builtins.ModuleNotFoundError builtins.NotADirectoryError builtins.PermissionError"
    " builtins.ProcessLookupError builtins.StopIteration builtins.SystemExit builtins.TabError"
    " builtins.TimeoutError builtins.UnboundLocalError builtins._IncompleteInputError",
    INITIALISED,
)
TABLE: Table = {
    **PLAIN,
    **OF_ONE_BASE,
    **alike(
        "builtins.UnicodeDecodeError builtins.UnicodeEncodeError builtins.UnicodeTranslateError",
        {**MADE, **SHOWN},
    ),
    **alike("builtins.KeyError builtins.NameError builtins.SyntaxError", {**INITIALISED, **SHOWN}),
    "builtins.AttributeError": {
        **INITIALISED,
        **SHOWN,
        **SAVED,
        **each("__getstate__", READ_SELF),
    },
    "builtins.ImportError": {**INITIALISED, **SHOWN, **SAVED, **each("__repr__", DEEPLY_READ_SELF)},
    "builtins.OSError": {**MADE, **SHOWN, **SAVED},
    "builtins.BaseException": {
        **MADE,
        **SHOWN,
        **SAVED,
        **each("__setstate__ add_note with_traceback", WRITE_SELF, ARGUMENTS),
        **each("__repr__", DEEPLY_READ_SELF),
        **each("__getattribute__", READ_ATTRIBUTE),
        **each("__setattr__ __delattr__", WRITE_ATTRIBUTE),
    },
    "builtins.BaseExceptionGroup": {
        **INITIALISED,
        **SHOWN,
        **each("__new__", AS_TUPLE),
        **each("derive split subgroup", DEEPLY_READ_SELF, ARGUMENTS, CALLS_ARGUMENTS),
        **each("__repr__", DEEPLY_READ_SELF),
        **each("__class_getitem__"),
    },
}
