"""A pytest plugin: writes to $THREAD_TESTS_NOTES what each test did, one JSON object a line.

Without --explore that is how many threads the test started, with it what explore said. A coroutine
is no test of threads. A line is written when a test begins, too: one that hangs is known by it.
"""

from __future__ import annotations

import inspect
import json
import os
import threading
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Generator

MOST_TEXT = 30_000  # of what pytest shows of a failure
NOTES = Path(os.environ["THREAD_TESTS_NOTES"])


class Starts:
    """Counts the threads that this process starts."""

    def __init__(self) -> None:
        self.count = 0

    def begin(self) -> None:
        start = threading.Thread.start

        def counted(self: threading.Thread) -> None:
            STARTS.count += 1
            start(self)

        threading.Thread.start = counted  # type: ignore[method-assign]


STARTS = Starts()


def pytest_configure(config: pytest.Config) -> None:
    if not config.option.explore:  # which replaces Thread.start itself
        STARTS.begin()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, object, object]:
    before = STARTS.count
    is_coroutine = inspect.iscoroutinefunction(getattr(item, "obj", None))
    try:
        return (yield)
    finally:
        started = 0 if is_coroutine else STARTS.count - before
        item.user_properties.append(("threads_started", started))


def pytest_runtest_logstart(nodeid: str) -> None:
    _note({"test": nodeid, "event": "begins"})


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    if report.when == "call" or not report.passed:
        _note(
            {
                "test": report.nodeid,
                "event": "ended",
                "when": report.when,
                "outcome": report.outcome,
                "properties": dict(report.user_properties),
                "text": "" if report.passed else str(report.longrepr)[-MOST_TEXT:],
            }
        )


def _note(what: dict[str, object]) -> None:
    with NOTES.open("a") as notes:
        notes.write(json.dumps(what, default=str) + "\n")
