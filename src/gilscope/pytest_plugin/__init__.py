"""The pytest plugin: explores tests that are marked so, or all with --explore.

pytest imports this module in every run of every project: it imports nothing more until a test is
to be explored.
"""

from __future__ import annotations

import sys
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Generator


SECTION = pytest.StashKey[Any]()  # exploring.Section
MARKER = """\
explore(**options): run the test in every order of its threads that matters; the options are those \
of gilscope.explore(): world, executions, seconds, seed, include, invariant, each_step, search, \
preemptions, most_steps, attack, prove, and first: a file with a schedule to try before all others\
"""
LEFT_OUT = "explore_left_out"  # a property of a report: why
WORLDS = ("both", "gil", "free-threaded")


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("gilscope explore", "orders of threads")
    add = group.addoption
    add("--explore", action="store_true", help="explore all tests, not only the marked ones")
    add("--explore-world", choices=WORLDS, help="with the GIL, without it, or both (default)")
    add(
        "--explore-executions",
        type=int,
        metavar="N",
        help="the most executions per test and world",
    )
    add("--explore-seconds", type=float, metavar="N", help="the most time per test and world")
    add(
        "--explore-include",
        action="append",
        metavar="PACKAGE",
        help="an installed package to explore, too; can be repeated",
    )
    add(
        "--explore-require-proof",
        action="store_true",
        help="explored tests fail unless they are proven (ini: explore_require_proof)",
    )
    add(
        "--explore-no-attack",
        action="store_true",
        help="do not try to refute, with real threads, what would be proven",
    )
    add("--explore-replay", metavar="FILE", help="run the test once, following this schedule")
    parser.addini(
        "explore_require_proof",
        "explored tests fail unless they are proven",
        "bool",
        default=False,
    )


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", MARKER)


@pytest.hookimpl(tryfirst=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> object | None:
    if not _is_asked(pyfuncitem) or _is_left_out(pyfuncitem):
        return None  # to others
    from gilscope.pytest_plugin.exploring import explore_item  # noqa: PLC0415

    __tracebackhide__ = True
    explore_item(pyfuncitem, partial(pyfuncitem.stash.__setitem__, SECTION))
    return True


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, object, object]:
    """unittest calls the methods of its test cases itself: it is given one that explores."""
    __tracebackhide__ = True
    if (
        isinstance(item, pytest.Function)
        and _is_test_case(item)
        and _is_asked(item)
        and not _is_left_out(item)
    ):
        from gilscope.pytest_plugin.exploring import exploring_method  # noqa: PLC0415

        item.obj = exploring_method(item, partial(item.stash.__setitem__, SECTION))
    return (yield)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_teardown(item: pytest.Item) -> Generator[None, object, object]:
    """Fixtures of a class or session may wait for threads that an exploration has ended."""
    if item.stash.get(SECTION, None) is None:
        return (yield)
    from gilscope.explore.engine.deadline.patience import Patience  # noqa: PLC0415 # the native part is there

    with Patience(lambda where: TimeoutError(f"blocked after the exploration: {where}")):
        return (yield)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    section = item.stash.get(SECTION, None)
    if section is not None and call.when == "call":
        section.add_to(report)
    return report


def pytest_terminal_summary(terminalreporter: Any) -> None:
    if any(
        name in ("explore", LEFT_OUT)
        for reports in terminalreporter.stats.values()
        for report in reports
        for name, _ in getattr(report, "user_properties", ())
    ):
        from gilscope.pytest_plugin.summary import summarize  # noqa: PLC0415

        summarize(terminalreporter, LEFT_OUT)


def _is_asked(item: pytest.Function) -> bool:
    if item.get_closest_marker("explore") is not None or _is_decorated(item.obj):
        return True
    return bool(item.config.option.explore or item.config.option.explore_replay)


def _is_left_out(item: pytest.Function) -> bool:
    """Whether a test is left to whatever runs its kind; the summary then says so."""
    from gilscope.pytest_plugin.exploring import why_left_out  # noqa: PLC0415

    reason = why_left_out(item.obj)
    if reason and (LEFT_OUT, reason) not in item.user_properties:
        item.user_properties.append((LEFT_OUT, reason))
    return bool(reason)


def _is_decorated(function: object) -> bool:
    """By @gilscope.explore. Nothing is where that was not imported."""
    explore = sys.modules.get("gilscope.explore")
    return explore is not None and isinstance(function, explore.Explored)


def _is_test_case(item: pytest.Function) -> bool:
    unittest = sys.modules.get("unittest")
    cls = item.cls
    return unittest is not None and cls is not None and issubclass(cls, unittest.TestCase)
