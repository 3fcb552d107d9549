"""The whole state of an execution as bytes: equal only if everything that can follow is equal."""

from __future__ import annotations

from functools import partial
from hashlib import blake2b
from types import (
    BuiltinFunctionType,
    CodeType,
    FunctionType,
    GeneratorType,
    MethodType,
    ModuleType,
    SimpleNamespace,
)
from typing import TYPE_CHECKING, Any

from . import memory, writers
from .instructions import stored
from .primitives import Primitive

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from types import FrameType

    from .codes import Code
    from .machine import Execution, Logical

PLAIN = (str, bytes, float, complex, range, slice, type(None), type(...), type(NotImplemented))


UNCHANGING = {
    *("__dict__", "__weakref__", "__doc__", "__module__", "__qualname__"),
    *("__dataclass_fields__", "__dataclass_params__"),
}


class UnknownError(Exception):
    """A value whose state cannot be written down; the state is then taken for a new one."""


class Globals:
    """Which of a module's names can come to mean something else, or something that changes."""

    def __init__(self, module: CodeType) -> None:
        self._stored = stored(module)

    def of(self, namespace: Mapping[str, object]) -> Iterable[object]:
        for name, value in namespace.items():
            if name.startswith("__"):
                continue
            if name in self._stored or not isinstance(
                value, (FunctionType, SimpleNamespace, ModuleType)
            ):
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
        frame = inner = thread.frame
        parked = bool(thread.waits_on)  # in one of the oracle's primitives, which calls nothing
        while frame is not None and (name := self._code.name(frame.f_code)) is not None:
            depth = memory.stack_depth(frame)
            call = thread.calls.get(frame)
            if depth < 0:
                if call is not None and call.frees:
                    raise UnknownError
                depth = call.depth if call is not None else thread.depth if parked else -1
                if depth < 0:
                    raise UnknownError
            self._words.append(f"frame {name} {frame.f_lasti} {depth}")
            slots = memory.slots(frame, depth)
            self.values(*slots)
            if call is not None and not (inner and self._resumes(slots, inner)):
                self._words.append(" ".join(call.begun))
            parked, inner = False, frame
            frame = self._caller(frame)

    @staticmethod
    def _resumes(slots: Sequence[object], inner: FrameType) -> bool:
        """Whether FOR_ITER or SEND goes on with a generator: without any variables of its own."""
        kind = GeneratorType
        return any(type(each) is kind and each.gi_frame is inner for each in slots[-2:])

    def _caller(self, frame: FrameType) -> FrameType | None:
        caller = frame.f_back
        while caller is not None and not self._code.has(caller.f_code):
            caller = caller.f_back
        return caller

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
        elif (constant := writers.constant(kind, value)) is not None:
            self._words.append(constant)
            owner = getattr(value, "__self__", None)
            if kind is BuiltinFunctionType and not isinstance(owner, (type(None), ModuleType)):
                self.values(owner)  # a method of a built-in object
        elif kind is partial and _is_primitive(value.func):
            self._words.append(f"kind {value.func.__qualname__}")  # in the stead of threading.Lock
        elif kind is CodeType:
            self._words.append(f"code {self._code.name(value)}")
        else:
            self._numbers[id(value)] = len(self._numbers)
            self._kept.append(value)
            self._object(kind, value)

    def _object(self, kind: type, value: Any) -> None:
        if isinstance(value, Primitive):
            self._many(kind.__name__, value.state())
        elif kind is FunctionType:
            self._function(value)
        elif isinstance(value, BaseException):
            self._many(f"exception {kind.__qualname__}", (value.args, vars(value)))
        elif isinstance(value, type):
            self._class(value)
        else:
            writer = writers.of(kind)
            if writer is None:
                raise UnknownError
            try:
                self._many(f"{kind.__module__}.{kind.__qualname__}", writer(value))
            except (RuntimeError, TypeError) as error:  # of an iterator that cannot go on
                raise UnknownError from error

    def _function(self, function: FunctionType) -> None:
        code = self._code.name(function.__code__)
        rest = (function.__defaults__, function.__kwdefaults__, vars(function))
        self._many(f"function {code}", (*(function.__closure__ or ()), *rest))

    def _class(self, cls: type) -> None:
        if cls.__module__ != "__main__":
            self._words.append(f"class {cls.__module__}.{cls.__qualname__}")
            return
        members = {k: v for k, v in vars(cls).items() if k not in UNCHANGING}
        self._many(f"class {cls.__qualname__}", (*members, *members.values()))


def _is_primitive(kind: object) -> bool:
    return isinstance(kind, type) and issubclass(kind, Primitive)
