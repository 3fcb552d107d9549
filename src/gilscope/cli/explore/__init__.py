"""Try the orders in which a test's threads can run: find one that fails, or prove there is none.

The test is ordinary code that starts threads, joins them, and asserts. It runs thousands of times
in one process, each time with its threads in another order, with the GIL and without, so it must
create what it works on. It takes no arguments; for tests with fixtures, use pytest --explore.

  gilscope explore tests/test_cache.py::test_two_writers
  gilscope explore tests/test_cache.py                 all test_… functions of the file
  gilscope explore race.py:main --world gil            only as this Python switches threads
  gilscope explore race.py:main --include cachelib     explore an installed package, too
  gilscope explore race.py:main --preemptions 2        all orders with up to 2 preemptions
  gilscope explore race.py:main --replay main.schedule.json
                                                       run the failing execution again
  gilscope explore race.py:main --emit-test test_race.py
                                                       write a regression test if it fails

Exit status: 0 proven, 1 found, 3 not proven.
"""

from __future__ import annotations

import sys
from contextlib import ExitStack
from dataclasses import replace
from signal import SIGINT
from typing import TYPE_CHECKING, Any

from gilscope.cli.explore.arguments import prepare_parser
from gilscope.errors import GilscopeError

# What explores, and rich, are imported when there is something to explore.
if TYPE_CHECKING:
    from argparse import Namespace
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from gilscope.cli.explore.presenter import Presenter
    from gilscope.explore.explorer import Explorer
    from gilscope.explore.options import Options
    from gilscope.explore.results import Exploration, Verdict
    from gilscope.explore.targets import Target
    from gilscope.explore.testing.captured import Printed

__all__ = ["prepare_parser", "run"]

PROVEN, FOUND, NOT_PROVEN = 0, 1, 3


def run(arguments: Namespace) -> int:
    from gilscope.cli.explore.files import check_output  # noqa: PLC0415 - see above
    from gilscope.cli.explore.presenter import Presenter, check_rich  # noqa: PLC0415
    from gilscope.explore.testing.captured import Printed  # noqa: PLC0415

    if sys.platform != "linux":
        raise GilscopeError(
            f"exploring is for Linux, and this is {sys.platform}",
            "explore the tests where they run on Linux, in a container for one",
        )
    check_output(arguments)
    check_rich(arguments)
    printed = Printed()
    with printed:
        targets = _targets(arguments)
    check_output(arguments, several=len(targets) > 1)
    presenter = Presenter(arguments, printed)
    if arguments.replay:
        return exit_status([_replay(arguments.replay, targets[0], presenter)])
    return exit_status(_explore(targets, presenter, printed))


def exit_status(verdicts: Sequence[Verdict]) -> int:
    names = {each.value for each in verdicts}
    if "found" in names:
        return FOUND
    return NOT_PROVEN if "not proven" in names else PROVEN


def _targets(arguments: Namespace) -> list[Target]:
    from gilscope.explore import targets  # noqa: PLC0415 - see above

    found = [each for spec in arguments.targets for each in targets.find(spec)]
    for option in ("replay", "emit_test"):
        if getattr(arguments, option) is not None and len(found) > 1:
            name = option.replace("_", "-")
            raise GilscopeError(f"--{name} is for one test", f"name one: {found[0].spec}")
    return [replace(each, options=_options(each, arguments)) for each in found]


def _options(target: Target, arguments: Namespace) -> Options:
    """The options of the test's mark or decorator, overridden by those that were typed."""
    typed: dict[str, Any] = {
        "world": arguments.world,
        "executions": arguments.executions,
        "seconds": arguments.seconds,
        "search": arguments.search,
        "preemptions": arguments.preemptions,
        "most_steps": arguments.steps,
        "seed": arguments.seed,
        "include": arguments.include and tuple(arguments.include),
        "each_step": arguments.each_step or None,
        "attack": False if arguments.no_attack else None,
        "invariant": arguments.invariant and _invariant(target, arguments.invariant),
    }
    given = {name: value for name, value in typed.items() if value is not None}
    options = replace(target.options, **given)
    if options.each_step and options.invariant is None:
        raise GilscopeError("--each-step needs --invariant NAME")
    return options


def _invariant(target: Target, name: str) -> Callable[[], object]:
    found = getattr(target.module, name, None)
    if not callable(found):
        raise GilscopeError(
            f"{target.path} has no function {name}", "--invariant takes a function of that file"
        )
    return found  # type: ignore[no-any-return]


# --- running --------------------------------------------------------------------------------------


def _explore(targets: Sequence[Target], presenter: Presenter, printed: Printed) -> list[Verdict]:
    from gilscope.explore.testing.interrupts import Interruptible  # noqa: PLC0415 - see above

    verdicts = []
    with Interruptible(SIGINT) as interruptible:
        for target in targets:
            exploration = _explored(target, printed, interruptible.check)
            verdicts.append(exploration.verdict)
            presenter.show(target, exploration)
    presenter.conclude()
    return verdicts


def _explored(target: Target, printed: Printed, check: Callable[[], None]) -> Exploration:
    from gilscope.cli.progress import ProgressLine  # noqa: PLC0415 - see above
    from gilscope.explore.engine.setting import Setting  # noqa: PLC0415

    explorer_of = _explorer()
    if target.needs:
        from gilscope.explore.unexplored import not_run  # noqa: PLC0415 - needs native code

        return not_run(target.spec, target.needs)
    with ExitStack() as stack:
        line = stack.enter_context(ProgressLine(sys.stderr, target.name))
        stack.enter_context(printed)

        def progress(fraction: float, doing: str) -> None:
            line(fraction, doing)
            check()

        return explorer_of(
            target.test, target.options, target.spec, progress, Setting(printed.clear)
        ).explore()


def _replay(schedule: Path, target: Target, presenter: Presenter) -> Verdict:
    from gilscope.report.exploration.json_ import read_schedule  # noqa: PLC0415 - see above

    replayed = presenter.replay(target, read_schedule(schedule))
    presenter.show_replayed(target, replayed)
    return replayed.verdict


def _explorer() -> type[Explorer]:
    try:
        from gilscope.explore.explorer import Explorer  # noqa: PLC0415 - needs native code
    except ImportError as error:
        raise GilscopeError(
            f"the native part of gilscope explore is missing: {error}", "install gilscope again"
        ) from error
    return Explorer
