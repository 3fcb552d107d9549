"""What to type after an exploration: commands that run as they stand, in the current folder."""

from __future__ import annotations

import itertools
import shlex
from pathlib import Path
from typing import TYPE_CHECKING

from gilscope.cli.explore.files import beside
from gilscope.explore.facts import ReasonKind
from gilscope.explore.results import Verdict
from gilscope.explore.testing.invocation import typed_as

if TYPE_CHECKING:
    from argparse import Namespace
    from collections.abc import Iterable, Sequence

    from gilscope.explore.results import Exploration
    from gilscope.explore.targets import Target

TENFOLD = 10
SPENT = {ReasonKind.BUDGET, ReasonKind.SLOW_CALL}
# Options that decide what an execution does, so that a replay needs them, too.
OF_EXECUTIONS = ("include", "invariant", "each_step", "steps")
OF_SEARCHES = ("world", "executions", "seconds", "search", "preemptions", "seed", "no_attack")


def replay(target: Target, arguments: Namespace, schedule: Path) -> str:
    return _explore(target, arguments, OF_EXECUTIONS, "--replay", str(schedule))


def search(target: Target, arguments: Namespace) -> str:
    return _explore(target, arguments, (*OF_EXECUTIONS, *OF_SEARCHES))


def under_pytest(target: Target) -> str:
    return shlex.join([*typed_as("pytest"), "--explore", target.spec])


def following(target: Target, exploration: Exploration, arguments: Namespace) -> list[str]:
    """What brings more after a search: a regression test, or a proof."""
    if target.needs:
        return [under_pytest(target)]
    if not exploration.explored or exploration.verdict is Verdict.PROVEN:
        return []
    if exploration.verdict is Verdict.NOT_PROVEN:
        return _towards_a_proof(target, exploration, arguments)
    if exploration.counterexample is None or arguments.emit_test:
        return []  # no schedule fails again, or there is a test for it
    test = _fresh_test(target)
    return [_explore(target, arguments, (*OF_EXECUTIONS, *OF_SEARCHES), "--emit-test", str(test))]


def _towards_a_proof(target: Target, exploration: Exploration, arguments: Namespace) -> list[str]:
    steps = []
    kinds = {each.kind for each in exploration.reasons}
    packages = [
        each.subject for each in exploration.reasons if each.kind is ReasonKind.NOT_INCLUDED
    ]
    if packages:
        words = [word for each in dict.fromkeys(packages) for word in ("--include", each)]
        steps.append(_explore(target, arguments, (*OF_EXECUTIONS, *OF_SEARCHES), *words))
    if kinds & SPENT:
        same = [name for name in OF_SEARCHES if name not in ("executions", "seconds")]
        more = (
            *("--executions", str(target.options.executions * TENFOLD)),
            *("--seconds", f"{target.options.seconds * TENFOLD:g}"),
        )
        steps.append(_explore(target, arguments, (*OF_EXECUTIONS, *same), *more))
        if target.options.preemptions is None:
            words = ["--preemptions", "2"]
            steps.append(_explore(target, arguments, (*OF_EXECUTIONS, *OF_SEARCHES), *words))
    return steps


def _explore(target: Target, arguments: Namespace, names: Iterable[str], *more: str) -> str:
    """Explores the same, with these of the options that were typed."""
    words = [*typed_as("gilscope"), "explore", target.spec]
    for name in names:
        words += _option(name, getattr(arguments, name))
    return shlex.join([*words, *more])


def _option(name: str, value: object) -> Sequence[str]:
    option = f"--{name.replace('_', '-')}"
    match value:
        case None | False:
            return ()
        case True:
            return (option,)
        case list():
            return [word for each in value for word in (option, str(each))]
        case float():
            return (option, f"{value:g}")
        case _:
            return (option, str(value))


def _fresh_test(target: Target) -> Path:
    """The name of a test that nothing is in the way of."""
    stem = f"test_{target.name.split('::')[-1].removeprefix('test_')}_again"
    names = (Path(f"{stem}{number}.py") for number in itertools.chain([""], itertools.count(2)))
    return next(each for each in names if not each.exists() and not beside(each).exists())
