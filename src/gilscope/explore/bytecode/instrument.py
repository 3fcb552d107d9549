"""Has the interpreter call native/explore/observe.c before each instruction of explored code."""

from __future__ import annotations

import os
import sys
import weakref
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING

from gilscope import _explorer
from gilscope.errors import GilscopeError
from gilscope.explore.bytecode import effects, instructions, stepwise
from gilscope.explore.bytecode.doubts import in_world, noted
from gilscope.explore.bytecode.effects import CLOCKS
from gilscope.explore.bytecode.effects.rows import REPLACED
from gilscope.explore.bytecode.natures import natures
from gilscope.explore.bytecode.scope import is_users
from gilscope.explore.engine.standins import chance, identity
from gilscope.explore.engine.standins.clock import Clock
from gilscope.explore.engine.turns import MOST_EVENTS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import CodeType

    from gilscope.explore.bytecode.doubts import Note
    from gilscope.explore.bytecode.scope import Scope

# Of an execution, a child that is forked within it has one thread, and no scheduler.
os.register_at_fork(after_in_child=lambda: _explorer.enter_thread(-1))


class Watch:
    """What native code fills while it observes, and the clock that it shows to programs."""

    def __init__(self) -> None:
        self.unknown: set[Note] = set()
        self.doubts: dict[object, Note] = {}  # of accesses: what is not known of them
        self.class_names: set[str] = set()
        self.given_sites: Callable[[CodeType], frozenset[int]] | None = None  # of a schedule
        self.clock = Clock()
        self.clock_read = False  # by the program itself, not by the library for a timeout
        self.stand_ins: dict[int, object] = {**stepwise.STAND_INS}
        for kind, real in CLOCKS.items():
            name = real.__name__.removesuffix("_ns")
            show = self.clock.seconds if name == real.__name__ else self.clock.nanoseconds
            self.stand_ins[kind] = self._noting(partial(show, name))
        self.chance = chance.Chance()
        self.stand_ins |= self.chance.stand_ins()
        self.identity = identity.Identity()
        self.stand_ins |= self.identity.stand_ins()

    def _noting(self, look: Callable[[], float]) -> Callable[[], float]:
        def noted(*_: object) -> float:
            if not self.clock_read:
                caller = sys._getframe(1)  # noqa: SLF001 # whoever calls the clock
                self.clock_read = is_users(caller.f_code.co_filename)
            return look()

        return noted

    def is_blind(self) -> bool:
        """Whether something was touched whose state nobody sees: as a class, or in C."""
        return bool(in_world(self.unknown, with_gil=True) or self.class_names)


def model_of(called: object) -> effects.Model:
    kind = chance.kind_of(called) or identity.kind_of(called)
    return effects.model_of(called) if kind is None else bytes((0, REPLACED, kind))


def configure(
    watch: Watch,
    scope: Scope,
    *,
    scheduler: Callable[..., int],
    runaway: Callable[[int], int],
    abort: type[BaseException],
    with_gil: bool,
) -> None:
    def describe(code: CodeType) -> list[instructions.Row] | None:
        if not scope.covers(code):
            reason = scope.reason(code)
            return instructions.foreign_rows(code, *noted(reason)) if reason is not None else None
        _described[id(code)] = weakref.ref(code)
        rows = instructions.rows_of(code)
        if is_users(code.co_filename):
            identity.look_at(code)
            rows = [(*row[:5], row[5] | instructions.OF_USER, row[6]) for row in rows]
        if (doubt := scope.doubt(code)) is not None:
            rows = [*rows, *instructions.foreign_rows(code, *noted(doubt))]
        return rows if watch.given_sites is None else marked(rows, watch.given_sites(code))

    _explorer.configure(
        describe=describe,
        model=model_of,
        scheduler=scheduler,
        runaway=runaway,
        abort=abort,
        unknown=watch.unknown,
        class_names=watch.class_names,
        doubts=watch.doubts,
        natures=natures(),
        stand_ins=watch.stand_ins,
        most_events=MOST_EVENTS,
        with_gil=with_gil,
    )


# Code objects whose sites native code knows, and what was explored when it asked for them.
_described: dict[int, weakref.ref[CodeType]] = {}
_last_scope: list[object] = [None]


def explored_codes() -> list[CodeType]:
    """All that are explored, as far as they ran in this process."""
    return [code for each in list(_described.values()) if (code := each()) is not None]


def is_other_scope(scope: Scope, watch: Watch) -> bool:
    """Whether other code is to be explored than the last time, so that nothing known holds."""
    now = scope.include if watch.given_sites is None else object()
    last, _last_scope[0] = _last_scope[0], now
    if now != last:
        _described.clear()
    return now != last


def marked(rows: list[instructions.Row], visible: frozenset[int]) -> list[instructions.Row]:
    """Rows of a code object, with those visible that a schedule names."""
    return [
        (*row[:5], row[5] | instructions.VISIBLE, row[6]) if row[0] in visible else row
        for row in rows
    ]


if sys.version_info >= (3, 12):
    EVENTS = sys.monitoring.events
    # A generator that was suspended before goes on, or is thrown an exception.
    RUNS = EVENTS.PY_START | EVENTS.PY_RESUME | EVENTS.PY_THROW
    CALLBACKS = {
        EVENTS.INSTRUCTION: _explorer.instruction,
        EVENTS.PY_START: _explorer.code_runs,
        EVENTS.PY_RESUME: _explorer.code_runs,
        EVENTS.PY_THROW: _explorer.code_runs,
    }

    def free_tool() -> int | None:
        """A tool id of sys.monitoring that nobody uses."""
        tools = (4, 3, 1, 5)
        return next((each for each in tools if sys.monitoring.get_tool(each) is None), None)

    def observe_thread(*, on: bool) -> None:
        """sys.monitoring observes all threads."""

    @contextmanager
    def observing() -> Iterator[None]:
        monitoring = sys.monitoring
        tool = free_tool()
        if tool is None:
            raise GilscopeError(
                "no tool id of sys.monitoring is free", "end the debugger or profiler that runs"
            )
        monitoring.use_tool_id(tool, "gilscope explore")
        observed = _explorer.observe_codes(
            monitoring.DISABLE,
            lambda code: monitoring.set_local_events(tool, code, monitoring.events.INSTRUCTION),
        )
        for event, callback in CALLBACKS.items():
            monitoring.register_callback(tool, event, callback)
        monitoring.set_events(tool, RUNS)
        monitoring.restart_events()  # what an earlier exploration did not look at, this one may
        try:
            yield
        finally:
            monitoring.set_events(tool, 0)
            for each in observed:
                code = each()
                if code is not None:
                    monitoring.set_local_events(tool, code, 0)
            for event in CALLBACKS:
                monitoring.register_callback(tool, event, None)
            monitoring.free_tool_id(tool)

else:

    def observe_thread(*, on: bool) -> None:
        _explorer.trace_thread(on)

    @contextmanager
    def observing() -> Iterator[None]:
        if sys.gettrace() is not None:
            raise GilscopeError(
                "another tracer is active (a debugger, or coverage)",
                "on Python 3.11 explore needs sys.settrace for itself; 3.12 and later do not",
            )
        observe_thread(on=True)
        try:
            yield
        finally:
            observe_thread(on=False)
