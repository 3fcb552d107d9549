"""Functions that are called instead of the program's: clocks, chance, identities, single steps."""

from __future__ import annotations

import sys
import types
from functools import partial
from typing import TYPE_CHECKING

from gilscope.explore.bytecode import effects, stepwise
from gilscope.explore.bytecode.effects import CLOCKS
from gilscope.explore.bytecode.effects.rows import REPLACED
from gilscope.explore.bytecode.natures import HEAP_TYPE
from gilscope.explore.bytecode.scope import is_users
from gilscope.explore.engine.standins import chance, identity
from gilscope.explore.engine.standins.clock import Clock

if TYPE_CHECKING:
    from collections.abc import Callable

    from gilscope.explore.engine.execution import Execution


class StandIns:
    """`by_kind` numbers them as native code does. Use `begin` before each execution."""

    def __init__(self) -> None:
        self.clock = Clock()
        self.clock_read = False  # by the program itself, not by the library for a timeout
        self.chance = chance.Chance()
        self.identity = identity.Identity()
        self.by_kind: dict[int, object] = {
            **stepwise.STAND_INS,
            **self._clocks(),
            **self.chance.stand_ins(),
            **self.identity.stand_ins(),
        }

    def begin(self, execution: Execution, is_told: Callable[[int], None]) -> None:
        """`is_told` hears of each thread that is told what no other is."""
        self.clock.begin(execution)
        self.chance.begin(execution, is_told)
        self.identity.begin(execution, is_told)

    def _clocks(self) -> dict[int, object]:
        found: dict[int, object] = {}
        for kind, real in CLOCKS.items():
            name = real.__name__.removesuffix("_ns")
            show = self.clock.seconds if name == real.__name__ else self.clock.nanoseconds
            found[kind] = self._noting(partial(show, name))
        return found

    def _noting(self, look: Callable[[], float]) -> Callable[[], float]:
        def noted(*_: object) -> float:
            caller = sys._getframe(1)  # noqa: SLF001 # whoever calls the clock
            own = is_users(caller.f_code.co_filename)
            self.clock_read |= own
            self.clock.note(own=own)
            return look()

        return noted


# Of functions and types in C that nobody can change: each exploration meets some of them again.
_models: dict[int, tuple[object, effects.Model]] = {}  # by identity, with whose it is


def model_of(called: object) -> effects.Model:
    known = _models.get(id(called))
    if known is not None:
        return known[1]
    found = _look_up(called)
    if _lasts(called):
        _models[id(called)] = called, found
    return found


def _lasts(called: object) -> bool:
    """As long as its module, and then some."""
    if type(called) is types.BuiltinFunctionType:
        return type(called.__self__) is types.ModuleType
    if type(called) is types.MethodDescriptorType:
        called = called.__objclass__
    return type(called) is type and not called.__flags__ & HEAP_TYPE


def _look_up(called: object) -> effects.Model:
    kind = chance.kind_of(called) or identity.kind_of(called)
    return effects.model_of(called) if kind is None else bytes((0, REPLACED, kind))
