"""Explores one test of pytest, and says what came of it as pytest does."""

from __future__ import annotations

import functools
import inspect
import os
import shlex
import unittest
from contextlib import ExitStack, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from signal import SIGALRM, SIGINT
from typing import TYPE_CHECKING, Any

import pytest

from gilscope.errors import GilscopeError
from gilscope.explore import Explored
from gilscope.explore.engine.setting import Setting
from gilscope.explore.facts import SAYS_NOTHING_OF_THE_TEST
from gilscope.explore.narration.sentences import joined
from gilscope.explore.results import Verdict
from gilscope.explore.testing.captured import Printed
from gilscope.explore.testing.interrupts import Interruptible
from gilscope.needs import require
from gilscope.pytest_plugin.files import write_schedule
from gilscope.pytest_plugin.fixtures import (
    FreshCase,
    FreshFixtures,
    leave_out_setting_up,
    starts_threads,
)
from gilscope.pytest_plugin.options import options_of
from gilscope.pytest_plugin.repeated import each_warning_once
from gilscope.report.exploration import summary
from gilscope.report.exploration.json_ import read_schedule

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import ModuleType, TracebackType

    from gilscope.explore.explorer import Explorer
    from gilscope.explore.replay import Replayed
    from gilscope.explore.results import Exploration, Failure, Schedule

OWN = str(Path(__file__).resolve().parent.parent)
# What a test raises to say that it is not to be run, or not to be counted.
NO_RESULT = (
    *(pytest.skip.Exception, pytest.xfail.Exception, pytest.exit.Exception),
    unittest.SkipTest,
)


@dataclass(frozen=True, slots=True)
class Section:
    """What is added to the report of a test."""

    text: str  # "" where there is nothing to show

    def add_to(self, report: pytest.TestReport) -> None:
        if report.failed and self.text:
            add = getattr(report.longrepr, "addsection", None)
            if add is None:
                report.sections.append(("gilscope explore", self.text))
            else:
                add("gilscope explore", self.text)


def why_left_out(function: Any) -> str:
    """Why a test is not explored; nothing about those that are."""
    if isinstance(function, Explored):
        function = function.function
    if inspect.iscoroutinefunction(function) or inspect.isasyncgenfunction(function):
        return "async"
    if inspect.isgeneratorfunction(function):
        return "generators"
    return "of hypothesis, many tests in one" if hasattr(function, "hypothesis") else ""


def explore_item(
    item: pytest.Function, keep: Callable[[Section], None], method: Any = None
) -> None:
    """`method` is the test if it is that of a unittest.TestCase. Raises what pytest shows."""
    __tracebackhide__ = True
    try:
        Exploring(item, method, keep).run()
    except GilscopeError as error:
        refused = error
    else:
        return
    pytest.fail(f"gilscope explore: {refused}", pytrace=False)


def exploring_method(item: pytest.Function, keep: Callable[[Section], None]) -> Callable[[], None]:
    """In place of a method of a unittest.TestCase."""
    method = item.obj
    leave_out_setting_up(method.__self__)

    @functools.wraps(method)
    def explore() -> None:
        __tracebackhide__ = True
        explore_item(item, keep, method)

    return explore


class Exploring:
    """One test. What belongs into its report is given to `keep`."""

    def __init__(self, item: pytest.Function, method: Any, keep: Callable[[Section], None]) -> None:
        self._item = item
        self._keep = keep
        self._native = _native()  # before an execution could import it
        self._fresh = FreshFixtures(item) if method is None else FreshCase(item, method)
        self._setting = Setting(self._prepare, self._fresh.lasting())
        self._options, self._prove = options_of(item)
        self._printed = Printed()
        self._has_run = False
        self._no_result: BaseException | None = None
        self._sets_up_within = method is not None  # its threads are the test's

    def run(self) -> None:
        __tracebackhide__ = True
        schedule = self._item.config.option.explore_replay
        with ExitStack() as stack:
            interruptible = stack.enter_context(Interruptible(SIGINT, SIGALRM))
            stack.enter_context(each_warning_once())
            if not _captures(self._item):
                stack.enter_context(self._printed)
            self._leave_threads_to_executions()
            if schedule:
                replayed = self._replay(read_schedule(Path(schedule)))
                exploration = replayed.exploration
            else:
                exploration = self._explore(interruptible.check)
                replayed = None
                if exploration.counterexample is not None and not self._no_result:
                    replayed = self._replay(exploration.counterexample.schedule)
            with self._native.Patience(TimeoutError):  # of what waits for a thread that has ended
                self._tear_down()
        interruptible.deliver()
        if self._no_result is not None:
            raise self._no_result
        self._conclude(exploration, replayed, is_replay=bool(schedule))

    # --- executions ------------------------------------------------------------------------------

    def _leave_threads_to_executions(self) -> None:
        """Those of fixtures are nobody's to schedule, unless each execution starts its own."""
        if self._sets_up_within or not self._fresh.changes:
            return
        with self._native.Patience(TimeoutError):
            self._tear_down()
            with suppress(Exception, *NO_RESULT):  # it is set up once more
                self._sets_up_within = starts_threads(self._fresh.set_up)
            if self._sets_up_within:
                self._tear_down()

    def _prepare(self) -> None:
        """Before each execution, and unobserved."""
        if self._no_result is not None:
            raise self._no_result
        if self._has_run:  # else what pytest has set up is as the test wants it
            self._tear_down()
        self._has_run = True
        self._printed.clear()
        if not self._sets_up_within:
            self._fresh.set_up()

    def _test(self) -> None:
        try:
            if self._sets_up_within:
                with self._native.setting_up():
                    self._fresh.set_up()
            self._fresh.function()()
        except NO_RESULT as error:
            self._no_result = error
            return
        # What a fixture finds wrong at its end is the fault of this order of threads, too.
        with self._native.unobserved():
            self._fresh.tear_down()

    def _tear_down(self) -> None:
        """After an execution that did not come to its end."""
        with suppress(Exception):  # it failed already
            self._fresh.tear_down()

    def _explore(self, check: Callable[[], None]) -> Exploration:
        explorer: Explorer = self._native.Explorer(
            self._test,
            self._options,
            self._item.nodeid,
            lambda _fraction, _doing: check(),
            self._setting,
        )
        return explorer.explore()

    def _replay(self, schedule: Schedule) -> Replayed:
        replayed: Replayed = self._native.replay(
            self._test, schedule, self._options, self._item.nodeid, self._setting
        )
        return replayed

    # --- the end ---------------------------------------------------------------------------------

    def _conclude(
        self, exploration: Exploration, replayed: Replayed | None, *, is_replay: bool
    ) -> None:
        __tracebackhide__ = True
        self._item.user_properties += _properties(exploration)
        error = replayed.error if replayed is not None else None
        steps = [] if is_replay else self._steps_after(exploration)
        shown = exploration if error is None else _without_traceback(exploration)
        self._keep(Section(_text(shown, steps, self._item)))
        if self._printed.text:
            self._item.add_report_section("call", "stdout", self._printed.text)
        if exploration.failure is not None:
            self._fail(exploration.failure, replayed)
        if is_replay and any(each.kind in SAYS_NOTHING_OF_THE_TEST for each in exploration.reasons):
            pytest.fail(joined(exploration.reasons), pytrace=False)
        if self._prove and exploration.verdict is Verdict.NOT_PROVEN:
            pytest.fail(f"not proven: {joined(exploration.reasons)}", pytrace=False)

    def _fail(self, failure: Failure, replayed: Replayed | None) -> None:
        __tracebackhide__ = True
        message = failure.message
        if replayed is not None and replayed.error is not None:
            raise replayed.error.with_traceback(_of_program(replayed.error.__traceback__))
        if replayed is not None and replayed.exploration.verdict is not Verdict.FOUND:
            reasons = joined(replayed.exploration.reasons)
            message += f"\nan immediate replay did not fail again: {reasons}"
        pytest.fail(message, pytrace=False)

    def _steps_after(self, exploration: Exploration) -> list[str]:
        if exploration.counterexample is None:
            return []
        file = write_schedule(self._item, exploration.counterexample.schedule)
        return [shlex.join(["pytest", _typed(self._item), "--explore-replay", str(file)])]


def _native() -> ModuleType:
    try:
        from gilscope.pytest_plugin import native  # noqa: PLC0415 # imports native code
    except ImportError as error:
        raise GilscopeError(f"its native part is missing: {error}") from error
    return native


def _typed(item: pytest.Item) -> str:
    """How to name a test in this folder."""
    _, colons, name = item.nodeid.partition("::")
    return f"{os.path.relpath(item.path)}{colons}{name}"


def _captures(item: pytest.Function) -> bool:
    """Whether the test looks at its output itself: capsys and its kind."""
    manager: Any = item.config.pluginmanager.getplugin("capturemanager")
    return getattr(manager, "_capture_fixture", None) is not None


def _of_program(traceback: TracebackType | None) -> TracebackType | None:
    """Without the frames of gilscope at its beginning."""
    at = traceback
    while at is not None and at.tb_frame.f_code.co_filename.startswith(OWN):
        at = at.tb_next
    return at or traceback


def _without_traceback(exploration: Exploration) -> Exploration:
    """pytest shows it already."""
    found = exploration.counterexample
    assert found is not None
    failure = replace(found.failure, traceback="")
    return replace(exploration, counterexample=replace(found, failure=failure))


def _text(exploration: Exploration, steps: list[str], item: pytest.Function) -> str:
    try:
        require("the report", "rich")
    except GilscopeError as error:
        return str(error)
    from gilscope.pytest_plugin.section import text_of  # noqa: PLC0415 - imports rich

    return text_of(exploration, steps, item.config)


def _properties(exploration: Exploration) -> list[tuple[str, object]]:
    """For the summary, which under xdist is written by another process, and for JUnit's XML."""
    return [
        ("explore", exploration.verdict.value),
        ("explore_worlds", summary.worlds(exploration)),
        ("explore_executions", exploration.executions),
        ("explore_threads", exploration.threads),
        ("explore_reasons", joined(exploration.reasons)),
    ]
