"""Try the orders in which a test's threads can run: find one that fails, or prove there is none.

The test is ordinary code: it starts threads, joins them, and asserts. It runs thousands of times
in one process, each time with its threads in another order, with the GIL and without, and must
make what it works on itself. It needs no argument; tests with fixtures: pytest --explore.

  gilscope explore tests/test_cache.py::test_two_writers
  gilscope explore tests/test_cache.py                 all test_… functions of the file
  gilscope explore race.py:main --world gil            only as this Python switches threads
  gilscope explore race.py:main --include cachelib     look into an installed package, too
  gilscope explore race.py:main --preemptions 2        all orders with up to 2 preemptions
  gilscope explore race.py:main --replay main.schedule.json
                                                       the failing execution once more
  gilscope explore race.py:main --emit-test test_race.py
                                                       a regression test, if it fails

Exit status: 0 proven, 1 found, 3 not proven.
"""

from __future__ import annotations

import sys
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from signal import SIGINT
from typing import TYPE_CHECKING, Any

from gilscope.cli.values import seconds, whole
from gilscope.errors import GilscopeError

# What explores, and rich, are imported when there is something to explore.
if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace
    from collections.abc import Callable, Sequence

    from gilscope.cli.explored import Told
    from gilscope.explore.explorer import Explorer
    from gilscope.explore.options import Options
    from gilscope.explore.results import Exploration, Verdict
    from gilscope.explore.targets import Target

PROVEN, FOUND, NOT_PROVEN = 0, 1, 3


def prepare_parser(parser: ArgumentParser) -> None:
    _add_work(parser)
    _add_search(parser)
    _add_output(parser)


def _add_work(parser: ArgumentParser) -> None:
    add = parser.add_argument_group("what to explore").add_argument
    add("targets", nargs="+", metavar="TARGET", help="FILE.py::TEST, FILE.py:FUNCTION or FILE.py")
    add(
        "--world",
        choices=("both", "gil", "free-threaded"),
        help="with the GIL, as this Python switches threads, without it, or both (default)",
    )
    add(
        "--include",
        action="append",
        metavar="PACKAGE",
        help="an installed package to look into, too; may be given several times",
    )
    add("--invariant", metavar="NAME", help="a function of the file: False or raising is a failure")
    add("--each-step", action="store_true", help="ask it after every step, not only at the end")


def _add_search(parser: ArgumentParser) -> None:
    add = parser.add_argument_group("how far to look").add_argument
    add("--executions", type=whole(1), metavar="N", help="at most, in each world (default: 20000)")
    add("--seconds", type=seconds, metavar="N", help="at most, in each world (default: 60)")
    add(
        "--search",
        choices=("auto", "sample", "exhaust"),
        help="all if they are few, else first some by chance (auto, the default); or only one way",
    )
    add("--preemptions", type=whole(0), metavar="N", help="all orders with at most so many")
    add("--steps", type=whole(1), metavar="N", help="of one execution, at most (default: 2000)")
    add("--seed", type=whole(0), metavar="N", help="of all that is left to chance (default: 0)")
    add(
        "--no-attack",
        action="store_true",
        help="do not try to refute what would be proven, with real threads",
    )


def _add_output(parser: ArgumentParser) -> None:
    add = parser.add_argument_group("what to do with the result").add_argument
    add("--json", action="store_true", help="for machines: docs/reference/explore-json.md")
    add("--replay", metavar="FILE", type=Path, help="follow this schedule, instead of searching")
    add(
        "-o",
        "--output",
        metavar="FILE",
        help="where the schedule of a failure goes (default: a fresh TEST.schedule.json here)",
    )
    add("--emit-test", metavar="FILE", type=Path, help="write a regression test for a failure")
    add("--force", action="store_true", help="replace files that exist")
    add("--all-steps", action="store_true", help="show every step of the failing execution")
    add("--quiet", action="store_true", help="do not show what the failing execution printed")


def run(arguments: Namespace) -> int:
    from gilscope.cli.explored import Told, check_output  # noqa: PLC0415 - see above
    from gilscope.explore.testing.captured import Printed  # noqa: PLC0415

    check_output(arguments)
    printed = Printed()
    with printed:
        targets = _targets(arguments)
    told = Told(arguments, targets, printed)
    verdicts = _replay(arguments, targets, told) if arguments.replay else _explore(targets, told)
    return exit_status(verdicts)


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
    """What the test brought along, and over it what was typed."""
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
        raise GilscopeError(f"{target.path} has no function {name}", "--invariant names one of it")
    return found  # type: ignore[no-any-return]


# --- running --------------------------------------------------------------------------------------


def _explore(targets: Sequence[Target], told: Told) -> list[Verdict]:
    from gilscope.explore.testing.interrupts import Interruptible  # noqa: PLC0415 - see above

    verdicts = []
    with Interruptible(SIGINT) as interruptible:
        for target in targets:
            exploration = _explored(target, told, interruptible.check)
            verdicts.append(exploration.verdict)
            told.tell(target, exploration)
    told.conclude(verdicts)
    return verdicts


def _explored(target: Target, told: Told, check: Callable[[], None]) -> Exploration:
    from gilscope.cli.progress import ProgressLine  # noqa: PLC0415 - see above

    explorer_of = _explorer()
    with ExitStack() as stack:
        line = stack.enter_context(ProgressLine(sys.stderr, target.name))
        stack.enter_context(told.printed)

        def progress(fraction: float, doing: str) -> None:
            line(fraction, doing)
            check()

        return explorer_of(
            target.test, target.options, target.spec, progress, told.printed.clear
        ).explore()


def _replay(arguments: Namespace, targets: Sequence[Target], told: Told) -> list[Verdict]:
    from gilscope.report.exploration.json_ import read_schedule  # noqa: PLC0415 - see above

    (target,) = targets
    replayed = told.replay(target, read_schedule(arguments.replay))
    told.tell_replayed(replayed)
    return [replayed.verdict]


def _explorer() -> type[Explorer]:
    try:
        from gilscope.explore.explorer import Explorer  # noqa: PLC0415 - needs native code
    except ImportError as error:
        raise GilscopeError(
            f"the native part of gilscope explore is missing: {error}", "install gilscope again"
        ) from error
    return Explorer
