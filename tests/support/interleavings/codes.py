"""The code objects that run for a program: its own, and those of the library that it calls."""

from __future__ import annotations

import dis
import inspect
import os
from pathlib import Path
from typing import TYPE_CHECKING

from .instructions import Fusing, operations

if TYPE_CHECKING:
    from types import CodeType, FrameType

OWN = str(Path(__file__).resolve().parent) + os.sep  # the oracle's own
QUIET = 2  # the argument of RESUME from which on the eval loop does not look for requests


class Code:
    """The code objects of an execution, and the rules for switching in it.

    All are the program's, but for the oracle's own and the import system: what nobody thought of
    is looked at.
    """

    def __init__(self, module: CodeType, *, world: str, fuse: bool) -> None:
        self.gil = world == "gil"
        self.fuse = fuse
        self.everywhere = not self.gil and not fuse
        self._names: dict[int, str | None] = {}
        self._local: dict[int, frozenset[int]] = {}
        self._operations: dict[int, dict[int, str]] = {}
        self._fusing = Fusing(module)
        self._kept: list[CodeType] = []  # so that no address is used twice

    def has(self, code: CodeType) -> bool:
        return self.name(code) is not None

    def name(self, code: CodeType) -> str | None:
        """The same in all executions; None: it is none of the program's."""
        try:
            return self._names[id(code)]
        except KeyError:
            self._kept.append(code)
            own = code.co_filename.startswith((OWN, "<frozen"))
            name = None if own else f"{code.co_filename}:{code.co_qualname}:{code.co_firstlineno}"
            self._names[id(code)] = name and f"{name}:{hash(code.co_code)}"
            return self._names[id(code)]

    def is_local(self, code: CodeType, offset: int) -> bool:
        """Whether a switch before that instruction makes no difference."""
        found = self._local.get(id(code))
        if found is None:
            self._kept.append(code)
            found = self._local[id(code)] = self._fusing.offsets(code)
        return offset in found

    def operations(self, code: CodeType) -> dict[int, str]:
        """The name of the instruction at each offset."""
        found = self._operations.get(id(code))
        if found is None:
            self._kept.append(code)
            found = self._operations[id(code)] = operations(code)
        return found


def resumes_quietly(frame: FrameType) -> bool:
    """Whether a generator goes on within `yield from` or `await`: nobody may come first."""
    if not frame.f_code.co_flags & (inspect.CO_GENERATOR | inspect.CO_COROUTINE):
        return False
    at = frame.f_lasti + 2
    raw = frame.f_code.co_code
    return at < len(raw) and raw[at] == dis.opmap["RESUME"] and raw[at + 1] >= QUIET
