"""Gives every execution of a test fixtures of its own, as a test runner gives every test."""

from __future__ import annotations

import functools
import logging
import shutil
import threading
import warnings
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from gilscope.explore import Explored

if TYPE_CHECKING:
    import unittest
    from collections.abc import Callable, Iterator

SHARED = """\
gilscope explore cannot set up the fixtures of {} afresh with this pytest: what one execution does \
to them, the next one finds\
"""


class FreshFixtures:
    """A test function of pytest: its fixtures of function scope, and its object of a class."""

    def __init__(self, item: Any) -> None:
        self._item = item
        self._is_set_up = True  # by pytest
        self._was_cut = False  # short, the last time that it was torn down
        self.changes = isinstance(item.parent, pytest.Class) or bool(
            item._fixtureinfo.name2fixturedefs  # noqa: SLF001
        )
        self._state: Any = getattr(item.session, "_setupstate", None)
        possible = hasattr(self._state, "teardown_exact") and hasattr(item, "_initrequest")
        if self.changes and not possible:
            warnings.warn(pytest.PytestWarning(SHARED.format(item.nodeid)), stacklevel=2)
            self.changes = False

    def set_up(self) -> None:
        _forget_log()
        if self._is_set_up:
            return
        if self._was_cut:
            self._finish_fixtures()
        item = self._item
        item._initrequest()  # noqa: SLF001
        if isinstance(item.parent, pytest.Class):
            item.__dict__.pop("_instance", None)
            item.__dict__.pop("_obj", None)
        self._state.setup(item)
        self._is_set_up = True

    def tear_down(self) -> None:
        if not self.changes or not self._is_set_up:
            return
        self._is_set_up, self._was_cut = False, True
        folder = self._item.funcargs.get("tmp_path")
        try:
            with _notes_kept(self._item):
                # Everything that the test's parent does not need, too: what is of the test alone.
                self._state.teardown_exact(self._item.parent)
            self._was_cut = False
        except Exception:
            self._was_cut = False  # pytest has seen to the other fixtures
            raise
        finally:
            if isinstance(folder, Path):  # thousands of them would be kept otherwise
                shutil.rmtree(folder, ignore_errors=True)

    def _finish_fixtures(self) -> None:
        """The execution was given up while they were torn down: let pytest forget their values."""
        definitions = self._item._fixtureinfo.name2fixturedefs  # noqa: SLF001
        for name in reversed(list(definitions)):
            for each in definitions[name]:
                if each.scope == "function":
                    with _notes_kept(self._item), suppress(Exception):  # it failed already
                        each.finish(self._item._request)  # noqa: SLF001
        self._was_cut = False

    def lasting(self) -> dict[str, object]:
        """By name, the values of fixtures that are for more than this test."""
        return {
            name: each.cached_result[0]
            for name, definitions in self._item._fixtureinfo.name2fixturedefs.items()  # noqa: SLF001
            for each in definitions
            if each.scope != "function" and each.cached_result is not None
        }

    def function(self) -> Callable[[], object]:
        """The test as it is to be called now."""
        function = self._item.obj
        if isinstance(function, Explored):
            function = function.function
        names = self._item._fixtureinfo.argnames  # noqa: SLF001
        arguments = {name: self._item.funcargs[name] for name in names}
        return functools.partial(function, **arguments)


class FreshCase:
    """A method of a unittest.TestCase: an object of its own for each execution."""

    def __init__(self, item: Any, method: Any) -> None:
        self.changes = True
        self._class: type[unittest.TestCase] = item.cls
        self._name: str = method.__name__
        self._case: unittest.TestCase | None = None

    def set_up(self) -> None:
        _forget_log()
        self._case = self._class(self._name)
        self._case.setUp()

    def tear_down(self) -> None:
        case, self._case = self._case, None
        if case is not None:
            case.tearDown()
            case.doCleanups()

    @staticmethod
    def lasting() -> dict[str, object]:
        """What is for all tests of a class is an attribute of it, which globals lead to."""
        return {}

    def function(self) -> Callable[[], object]:
        method: Callable[[], object] | Explored = getattr(self._case, self._name)
        return method.function if isinstance(method, Explored) else method


def starts_threads(set_up: Callable[[], None]) -> bool:
    """Set up, and tell whether that has started a thread, which may have ended since."""
    started: list[object] = []
    kind: Any = threading.Thread
    start = kind.start

    def note(thread: object) -> None:
        started.append(thread)
        start(thread)

    kind.start = note
    try:
        set_up()
    finally:
        kind.start = start
    return bool(started)


def leave_out_setting_up(case: Any) -> None:
    """Of the object that unittest has made: each execution has one of its own, and sets that up."""
    if not hasattr(case, "asyncSetUp"):
        case.setUp = case.tearDown = _nothing


def _nothing() -> None:
    """In place of what each execution does."""


@contextmanager
def _notes_kept(item: Any) -> Iterator[None]:
    """When fixtures end they forget what pytest notes of a test, as `tmp_path` does of its end."""
    notes = getattr(item.stash, "_storage", {})
    noted = dict(notes)
    try:
        yield
    finally:
        notes.update({**noted, **notes})


def _forget_log() -> None:
    """What pytest has caught of the log: `caplog` shows what this execution has logged."""
    for handler in logging.getLogger().handlers:
        if type(handler).__module__ == "_pytest.logging" and hasattr(handler, "clear"):
            handler.clear()
