"""The whole state of an execution as bytes: equal only if everything that can follow is equal."""

from __future__ import annotations

import gc
from functools import partial
from hashlib import blake2b
from types import (
    BuiltinFunctionType,
    CellType,
    CodeType,
    FunctionType,
    MappingProxyType,
    MethodDescriptorType,
    MethodType,
    SimpleNamespace,
)
from typing import TYPE_CHECKING, Any

from . import memory
from .instructions import stored_globals
from .primitives import Primitive

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from types import FrameType

    from .machine import Code, Execution, Logical

EMPTY: dict[object, object] = {}
VIEWS: tuple[type, ...] = (type(EMPTY.keys()), type(EMPTY.values()), type(EMPTY.items()))
DICT_ITERATORS: tuple[type, ...] = tuple(
    type(iter(view)) for view in (EMPTY.keys(), EMPTY.values(), EMPTY.items())
)
SET_ITERATOR: type = type(iter(frozenset(EMPTY)))
SEQUENCES: tuple[Iterable[object], ...] = ([], (), range(0), "")
REDUCED: tuple[type, ...] = (*(type(iter(each)) for each in SEQUENCES), enumerate)
PLAIN = (str, bytes, float, complex, range, slice, type(None), type(...), type(NotImplemented))
CONSTANT = (BuiltinFunctionType, MethodDescriptorType, SimpleNamespace, partial, CodeType)


class UnknownError(Exception):
    """A value whose state cannot be written down; the state is then taken for a new one."""


class Globals:
    """Which of a module's names can come to mean something else, or something that changes."""

    def __init__(self, code: Code) -> None:
        self._stored = {name for each in code.numbers for name in stored_globals(each)}

    def of(self, namespace: Mapping[str, object]) -> Iterable[object]:
        for name, value in namespace.items():
            if name.startswith("__"):
                continue
            if name in self._stored or not isinstance(value, (FunctionType, SimpleNamespace)):
                yield name
                yield value


class Snapshot:
    """Writes values down in one order, objects with an identity as numbers in that order."""

    def __init__(self, code: Code) -> None:
        self._code = code
        self._words: list[str] = []
        self._numbers: dict[int, int] = {}
        self._kept: list[object] = []  # so that no address is used twice

    def digest(self) -> bytes:
        return blake2b("\0".join(self._words).encode(), digest_size=16).digest()

    def threads(self, execution: Execution) -> None:
        for thread in execution.threads:
            self._thread(thread)

    def _thread(self, thread: Logical) -> None:
        state = "finished" if thread.finished else "begun" if thread.worker else "started"
        self._words.append(f"thread {state}")
        if thread.finished:
            self.values(thread.result, repr(thread.error))
        elif thread.worker is None:
            self.values(thread.target, thread.args)
        self.values(*thread.waits_on)
        if not thread.finished:
            self._frames(thread)

    def _frames(self, thread: Logical) -> None:
        frame = thread.frame
        inside = bool(thread.waits_on)
        while frame is not None and frame.f_code in self._code.numbers:
            depth = memory.stack_depth(frame)
            if depth < 0:
                if not inside:
                    raise UnknownError
                depth = thread.depth  # C code that entered a `with`
            self._words.append(f"frame {self._code.numbers[frame.f_code]} {frame.f_lasti} {depth}")
            self.values(*memory.slots(frame, depth))
            inside = False
            frame = self._caller(frame)

    def _caller(self, frame: FrameType) -> FrameType | None:
        caller = frame.f_back
        if caller is not None and caller.f_code in self._code.numbers:
            if memory.called_from_c(frame):
                raise UnknownError
            return caller
        return None

    def values(self, *values: object) -> None:
        for value in values:
            self._value(value)

    def _value(self, value: object) -> None:
        kind = type(value)
        if kind is int or kind is bool:
            self._words.append(repr(value))  # 1 and True differ, as do all others
        elif kind in PLAIN:
            self._words.append(f"{kind.__name__} {value!r}")
        elif value is memory.NULL:
            self._words.append("null")
        elif kind is tuple:
            self._many("tuple", value)  # type: ignore[arg-type]
        elif (number := self._numbers.get(id(value))) is not None:
            self._words.append(f"#{number}")
        else:
            self._other(kind, value)

    def _many(self, word: str, values: Iterable[object]) -> None:
        self._words.append(word)
        self.values(*values)
        self._words.append("end")

    def _other(self, kind: type, value: Any) -> None:
        if kind is MethodType:
            self._many("method", (value.__func__, value.__self__))
        elif kind is BuiltinFunctionType or kind in CONSTANT:
            self._constant(value)
        else:
            self._numbers[id(value)] = len(self._numbers)
            self._kept.append(value)
            self._object(kind, value)

    def _constant(self, value: Any) -> None:
        """No state of their own. A method of a built-in object belongs to it."""
        if isinstance(value, partial):
            if not isinstance(value.func, type) or not issubclass(value.func, Primitive):
                raise UnknownError
            self._words.append(f"kind {value.func.__qualname__}")  # in the stead of threading.Lock
        elif isinstance(value, CodeType):
            self._words.append(f"code {self._code.numbers[value]}")
        elif isinstance(value, SimpleNamespace):
            self._words.append("module " + " ".join(vars(value)))
        else:
            self._words.append(f"built-in {value.__qualname__}")
            owner = getattr(value, "__self__", None)
            if isinstance(owner, tuple(WRITERS)):
                self.values(owner)

    def _object(self, kind: type, value: Any) -> None:
        writer = WRITERS.get(kind)
        if writer is not None:
            self._many(kind.__name__, writer(value))
        elif isinstance(value, Primitive):
            self._many(kind.__name__, value.state())
        elif kind is FunctionType:
            self._function(value)
        elif isinstance(value, BaseException):
            self._many(f"exception {kind.__qualname__}", (value.args, vars(value)))
        elif isinstance(value, type):
            self._class(value)
        elif kind.__module__ == "__main__" and hasattr(value, "__dict__"):
            self._many("instance", (kind, *vars(value), *vars(value).values()))
        else:
            raise UnknownError

    def _function(self, function: FunctionType) -> None:
        code = self._code.numbers.get(function.__code__)
        if code is None:
            self._words.append(f"function {function.__qualname__}")
            return
        rest = (function.__defaults__, function.__kwdefaults__, vars(function))
        self._many(f"function {code}", (*(function.__closure__ or ()), *rest))

    def _class(self, cls: type) -> None:
        if cls.__module__ != "__main__":
            self._words.append(f"class {cls.__module__}.{cls.__qualname__}")
            return
        members = {k: v for k, v in vars(cls).items() if not k.startswith("__")}
        self._many(f"class {cls.__qualname__}", (*members, *members.values()))


def _dict(table: dict[object, object]) -> Iterable[object]:
    return (memory.dict_layout(table), *table, *table.values())


def _set(members: set[object]) -> Iterable[object]:
    layout = memory.set_layout(members)
    return (layout.fill, layout.finger, *layout.members)


def _cell(cell: CellType) -> Iterable[object]:
    try:
        return (cell.cell_contents,)
    except ValueError:
        return (memory.NULL,)


def _iterator(iterator: Any) -> Iterable[object]:
    return tuple(iterator.__reduce__()[1:])  # the class that comes first is written anyway


WRITERS: dict[type, Callable[[Any], Iterable[object]]] = {
    list: tuple,
    dict: _dict,
    set: _set,
    frozenset: _set,
    CellType: _cell,
    MappingProxyType: gc.get_referents,
    SET_ITERATOR: lambda it: memory.iterator_position(it, of_dict=False),
    **dict.fromkeys(DICT_ITERATORS, lambda it: memory.iterator_position(it, of_dict=True)),
    **dict.fromkeys(VIEWS, gc.get_referents),
    **dict.fromkeys(REDUCED, _iterator),
}
