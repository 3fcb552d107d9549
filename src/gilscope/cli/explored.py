"""What `gilscope explore` does with a result: shows it, writes schedules and regression tests."""

from __future__ import annotations

import json
import shlex
import sys
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

from gilscope.cli.output import choose_output
from gilscope.errors import GilscopeError
from gilscope.explore.facts import ReasonKind
from gilscope.explore.narration.sentences import joined
from gilscope.explore.results import Verdict
from gilscope.needs import require
from gilscope.report.exploration import json_

if TYPE_CHECKING:
    from argparse import Namespace
    from collections.abc import Sequence

    from gilscope.explore.results import Counterexample, Exploration, Schedule
    from gilscope.explore.targets import Target
    from gilscope.explore.testing.captured import Printed

SUFFIX = ".schedule.json"
TENFOLD = 10
SPENT = {ReasonKind.BUDGET, ReasonKind.SLOW_CALL}
# Options that a replay needs as the exploration had them, as they are typed.
CARRIED = ("invariant", "include", "steps")


def check_output(arguments: Namespace) -> None:
    """Before minutes of searching, not after them."""
    asked = [arguments.output and Path(arguments.output), arguments.emit_test]
    if arguments.emit_test is not None:
        if arguments.emit_test.suffix != ".py":
            raise GilscopeError(f"{arguments.emit_test} is no name of a Python file")
        if arguments.output is None:
            asked.append(_beside(arguments.emit_test))
    for path in asked:
        if path is None or path.is_dir():
            continue
        if path.exists() and not arguments.force:
            raise GilscopeError(f"{path} exists", "--force replaces it")
        if not path.parent.is_dir():
            raise GilscopeError(f"cannot write {path}: its folder is missing")
    if arguments.json:
        return
    require("showing an exploration", "rich", otherwise="use --json")


def _beside(test: Path) -> Path:
    return test.with_name(test.stem + SUFFIX)


class Told:
    """Says what was found out, target by target."""

    def __init__(self, arguments: Namespace, targets: Sequence[Target], printed: Printed) -> None:
        self._arguments = arguments
        self._several = len(targets) > 1
        self.printed = printed
        self._count = 0
        if self._several and arguments.output and not Path(arguments.output).is_dir():
            raise GilscopeError("-o FILE is for one test", "give a folder, or explore one test")

    def tell(self, target: Target, exploration: Exploration) -> None:
        steps = _steps_after(target, exploration, self._arguments)
        found = exploration.counterexample
        if found is None or not exploration.explored:
            self._show(exploration, steps)
            return
        replayed = self.replay(target, found.schedule)
        file = self._write(target, found)
        if file is not None:
            steps = [
                f"{_command(target, self._arguments)} --replay {shlex.quote(str(file))}",
                *steps,
            ]
        self._show(exploration, steps)
        if replayed.verdict is not Verdict.FOUND:
            reasons = joined(replayed.reasons)
            print(f"gilscope: replayed at once, it did not fail again: {reasons}", file=sys.stderr)
        self._show_printed()

    def tell_replayed(self, exploration: Exploration) -> None:
        spec = shlex.quote(exploration.target)
        steps = [] if exploration.counterexample else [f"gilscope explore {spec}"]
        self._show(exploration, steps)
        self._show_printed()

    def conclude(self, verdicts: Sequence[Verdict]) -> None:
        """The last line, after several targets."""
        if not self._several or self._arguments.json:
            return
        counts = Counter(verdicts)
        parts = [f"{counts[each]} {each.value}" for each in Verdict if counts[each]]
        print(f"\n{', '.join(parts)}")

    def replay(self, target: Target, schedule: Schedule) -> Exploration:
        """Run the failing execution alone; what it printed is then in `printed`."""
        from gilscope.explore.replay import replay  # noqa: PLC0415 - needs native code

        with self.printed:
            return replay(
                target.test, schedule, target.options, target.spec, self.printed.clear
            ).exploration

    def _show(self, exploration: Exploration, next_steps: Sequence[str]) -> None:
        if self._arguments.json:
            json.dump(json_.to_dict(exploration), sys.stdout, allow_nan=False)
            sys.stdout.write("\n")
            return
        from gilscope.report.exploration.console import print_exploration  # noqa: PLC0415 - imports rich

        if self._count:
            print()
        self._count += 1
        all_steps = self._arguments.all_steps
        print_exploration(exploration, sys.stdout, next_steps=next_steps, all_steps=all_steps)

    def _show_printed(self) -> None:
        text = self.printed.text
        if text and not self._arguments.quiet and not self._arguments.json:
            print("\nthe failing execution printed")
            sys.stdout.write(text if text.endswith("\n") else f"{text}\n")

    # --- files -----------------------------------------------------------------------------------

    def _write(self, target: Target, found: Counterexample) -> Path | None:
        """The file of the schedule, if there is one to be."""
        arguments = self._arguments
        test: Path | None = arguments.emit_test
        asked = arguments.output
        if asked is None and test is not None:
            asked = str(_beside(test))
        if asked is None and arguments.json:
            return None  # the schedule stands in what is shown
        file = choose_output(asked, target.stem, force=arguments.force, suffix=SUFFIX)
        text = json.dumps(json_.schedule_to_dict(found.schedule), indent=1)
        _write_text(file, f"{text}\n")
        if test is not None:
            self._write_test(target, found, file, test)
        return file

    def _write_test(self, target: Target, found: Counterexample, file: Path, test: Path) -> None:
        from gilscope.explore.testing.emit import regression_test  # noqa: PLC0415 - only if asked for

        options = {
            name: getattr(target.options, name)
            for name in ("world", "include", "invariant", "each_step", "preemptions", "most_steps")
            if getattr(target.options, name) != getattr(type(target.options)(), name)
        }
        schedule = Path(file).resolve()
        folder = test.resolve().parent
        name = schedule.name if schedule.parent == folder else str(schedule)
        _write_text(test, regression_test(target, found.failure, name, options))
        print(f"gilscope: wrote {test}, which imports {target.module.__name__}", file=sys.stderr)


def _write_text(path: Path, text: str) -> None:
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise GilscopeError(f"cannot write {path}: {error.strerror or error}") from error


def _command(target: Target, arguments: Namespace) -> str:
    """Explores the same once more, with the options that a replay needs, too."""
    words = ["gilscope", "explore", target.spec]
    for name in CARRIED:
        value = getattr(arguments, name)
        for each in value if isinstance(value, list) else [value]:
            if each is not None:
                words += [f"--{name}", str(each)]
    if arguments.each_step:
        words.append("--each-step")
    return shlex.join(words)


def _steps_after(target: Target, exploration: Exploration, arguments: Namespace) -> list[str]:
    """What to type next."""
    if not exploration.explored:
        return []
    command = _command(target, arguments)
    if exploration.verdict is Verdict.FOUND:
        if exploration.counterexample is None:
            return []  # no schedule fails again
        test = f"test_{target.name.split('::')[-1].removeprefix('test_')}_again.py"
        return [] if arguments.emit_test else [f"{command} --emit-test {test}"]
    if exploration.verdict is Verdict.PROVEN:
        return []
    steps = []
    packages = [
        each.subject for each in exploration.reasons if each.kind is ReasonKind.NOT_INCLUDED
    ]
    if packages:
        words = " ".join(f"--include {each}" for each in dict.fromkeys(packages))
        steps.append(f"{command} {words}")
    if any(each.kind in SPENT for each in exploration.reasons):
        executions = target.options.executions * TENFOLD
        seconds = target.options.seconds * TENFOLD
        steps.append(f"{command} --executions {executions} --seconds {seconds:g}")
        if target.options.preemptions is None:
            steps.append(f"{command} --preemptions 2")
    return steps
