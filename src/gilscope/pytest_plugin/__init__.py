"""The pytest plugin: explores tests (--explore, a marker), and records them (--gilscope, a marker).

pytest imports this module in every run of every project: it imports nothing more until a test is
to be explored or recorded.
"""

from __future__ import annotations

import sys
from argparse import ArgumentTypeError
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
BUDGET = "gil_budget"
BUDGET_MARKER = """\
gil_budget(*conditions, **limits): record the test, and fail it if its limits are exceeded: \
wait="5%", longest_stall="50ms", longest_wait, longest_hold, held, stalls, lock_wait, gc_pause, \
loop_blocked; or conditions as of gilscope run --fail-if, such as "gil.wait_s > 100ms"\
"""
RECORDER = "gilscope-recorder"
RECORDED = ("gil_budget", "gil_trace", "gil_unrecorded")  # properties of a report
WORKERS = pytest.StashKey[list[dict[str, Any]]]()  # what workers of xdist have recorded
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

    _add_recording(parser.getgroup("gilscope", "what the GIL costs"))


def _add_recording(group: pytest.OptionGroup) -> None:
    group.addoption(
        "--gilscope",
        nargs="?",
        const="session",
        type=_mode,
        metavar="MODE",
        help="record the whole session (--gilscope=session, or --gilscope alone), each test"
        " (--gilscope=test), or nothing, so that no budget is judged (--gilscope=off)",
    )
    group.addoption(
        "--gilscope-dir",
        metavar="FOLDER",
        help="where traces go (default: gilscope-traces)",
    )


def _mode(text: str) -> str:
    if text not in ("session", "test", "off"):
        raise ArgumentTypeError(
            f"{text!r} is none of session, test, off (before a path, write --gilscope=session)"
        )
    return text


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", MARKER)
    config.addinivalue_line("markers", BUDGET_MARKER)
    if config.option.gilscope in ("session", "test"):
        _record(config)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if any(item.get_closest_marker(BUDGET) is not None for item in items):
        _record(config)


def _record(config: pytest.Config) -> None:
    """Register what records tests, once."""
    if config.pluginmanager.has_plugin(RECORDER):
        return
    from gilscope.errors import GilscopeError  # noqa: PLC0415
    from gilscope.pytest_plugin.recording.recorder import Recorder  # noqa: PLC0415

    recorder = Recorder(config, config.option.gilscope or "", _is_explored)
    try:
        recorder.check()
        if not _only_distributes(config):
            recorder.begin()
    except GilscopeError as error:
        raise pytest.UsageError(f"gilscope: {error}") from None
    config.pluginmanager.register(recorder, RECORDER)


def _only_distributes(config: pytest.Config) -> bool:
    """Whether this process of pytest-xdist runs no tests itself."""
    return getattr(config.option, "dist", "no") != "no" and not hasattr(config, "workerinput")


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    """A worker of pytest-xdist has ended."""
    told = getattr(node, "workeroutput", {}).get("gilscope")
    if told is not None:
        node.config.stash.setdefault(WORKERS, []).append(told)


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


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    found = {
        name
        for reports in terminalreporter.stats.values()
        for report in reports
        for name, _ in getattr(report, "user_properties", ())
    }
    if found & {"explore", LEFT_OUT}:
        from gilscope.pytest_plugin.summary import summarize  # noqa: PLC0415

        summarize(terminalreporter, LEFT_OUT)
    nobody: list[dict[str, Any]] = []
    told = [*config.stash.get(WORKERS, nobody)]
    recorder = config.pluginmanager.get_plugin(RECORDER)
    if recorder is not None:
        told.append({"traces": recorder.session_traces, "problem": recorder.problem})
    traces = [trace for each in told for trace in each["traces"]]
    problems = [each["problem"] for each in told if each["problem"]]
    if traces or problems or found & set(RECORDED):
        from gilscope.pytest_plugin.recording import summary  # noqa: PLC0415

        summary.summarize(terminalreporter, traces, problems)


def _is_explored(item: pytest.Item) -> bool:
    return isinstance(item, pytest.Function) and _is_asked(item)


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
