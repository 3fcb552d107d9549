"""Has the interpreter call native/explore/observe.c before each instruction of explored code."""

from __future__ import annotations

import os
import sys
import weakref
from contextlib import contextmanager
from typing import TYPE_CHECKING

from gilscope import _explorer
from gilscope.errors import GilscopeError
from gilscope.explore.bytecode import instructions
from gilscope.explore.bytecode.doubts import Notes, noted
from gilscope.explore.bytecode.natures import natures
from gilscope.explore.bytecode.scope import is_users

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from types import CodeType

    from gilscope.explore.bytecode.effects import Model
    from gilscope.explore.bytecode.scope import Scope

# Of an execution, a child that is forked within it has one thread, and no scheduler.
os.register_at_fork(after_in_child=lambda: _explorer.enter_thread(-1))


class Observation:
    """Which code is observed, and what is noted of it. `look_at` hears of each of the user's."""

    def __init__(self, scope: Scope, look_at: Callable[[CodeType], None]) -> None:
        self.notes = Notes()
        self.given_sites: Callable[[CodeType], dict[int, bool]] | None = None  # of a schedule
        self._scope = scope
        self._look_at = look_at

    def describe(self, code: CodeType) -> list[instructions.Row] | None:
        """What native code asks about each code object that runs."""
        scope = self._scope
        if not scope.covers(code):
            if scope.imports(code):
                return instructions.import_rows(code)
            reason = scope.reason(code)
            return instructions.foreign_rows(code, *noted(reason)) if reason is not None else None
        _described[id(code)] = weakref.ref(code)
        is_of_user = is_users(code.co_filename)
        rows = instructions.rows_of(code, instructions.OF_USER if is_of_user else 0)
        if is_of_user:
            self._look_at(code)
        if (doubt := scope.doubt(code)) is not None:
            rows = [*rows, *instructions.foreign_rows(code, *noted(doubt))]
        return rows if self.given_sites is None else marked(rows, self.given_sites(code))

    def is_of_other_code(self) -> bool:
        """Whether other code is to be explored than the last time, so that nothing known holds."""
        now = self._scope.include if self.given_sites is None else object()
        last, _last_scope[0] = _last_scope[0], now
        if now != last:
            _described.clear()
        return now != last


def configure(
    observation: Observation,
    *,
    model: Callable[[object], Model],
    stand_ins: dict[int, object],
    scheduler: Callable[..., int],
    go_on: Callable[[int | None], int],
    runaway: Callable[[int], int],
    abort: type[BaseException],
    most_events: int,
    with_gil: bool,
) -> None:
    notes = observation.notes
    _explorer.configure(
        describe=observation.describe,
        model=model,
        scheduler=scheduler,
        go_on=go_on,
        runaway=runaway,
        abort=abort,
        unknown=notes.unknown,
        class_names=notes.class_names,
        doubts=notes.doubts,
        natures=natures(),
        stand_ins=stand_ins,
        most_events=most_events,
        with_gil=with_gil,
    )


# Code objects whose sites native code knows, and what was explored when it asked for them.
_described: dict[int, weakref.ref[CodeType]] = {}
_last_scope: list[object] = [None]


def explored_codes() -> list[CodeType]:
    """All that are explored, as far as they ran in this process."""
    return [code for each in list(_described.values()) if (code := each()) is not None]


def marked(rows: list[instructions.Row], visible: dict[int, bool]) -> list[instructions.Row]:
    """Rows of a code object, with those visible that a schedule names: whether they are guarded."""
    flags = {
        offset: instructions.VISIBLE | (instructions.GUARDED if guarded else 0)
        for offset, guarded in visible.items()
    }
    return [(*row[:5], row[5] | flags.get(row[0], 0), row[6]) for row in rows]


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

    _in_use: list[tuple[int, list[weakref.ref[CodeType]]]] = []  # a tool, and code it observes

    def observe_thread(*, on: bool) -> None:
        """sys.monitoring observes all threads."""

    def observe_anew() -> None:
        """Code that ran while there was a profile function has lost its events (3.12 to 3.15)."""
        for tool, observed in _in_use:
            _set_local_events(tool, observed, 0)
            _set_local_events(tool, observed, EVENTS.INSTRUCTION)

    def _set_local_events(tool: int, codes: Iterable[weakref.ref[CodeType]], events: int) -> None:
        for each in codes:
            code = each()
            if code is not None:
                sys.monitoring.set_local_events(tool, code, events)

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
        _in_use[:] = [(tool, observed)]
        try:
            yield
        finally:
            _in_use.clear()
            monitoring.set_events(tool, 0)
            _set_local_events(tool, observed, 0)
            for event in CALLBACKS:
                monitoring.register_callback(tool, event, None)
            monitoring.free_tool_id(tool)

else:

    def observe_thread(*, on: bool) -> None:
        _explorer.trace_thread(on)

    def observe_anew() -> None:
        """A profile function has no effect on a tracer."""

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
