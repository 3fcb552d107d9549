"""Shows the result of one test after another, and then a summary of all."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING

from gilscope.cli.explore import commands, files
from gilscope.explore.engine.setting import Setting
from gilscope.explore.narration.sentences import joined
from gilscope.explore.results import Verdict
from gilscope.needs import require
from gilscope.report.exploration import json_, summary

if TYPE_CHECKING:
    from argparse import Namespace
    from collections.abc import Sequence

    from gilscope.explore.results import Exploration, Schedule
    from gilscope.explore.targets import Target
    from gilscope.explore.testing.captured import Printed


def check_rich(arguments: Namespace) -> None:
    """Before minutes of searching, not after them."""
    if arguments.json:
        return
    require("showing an exploration", "rich", otherwise="use --json")


class Presenter:
    """Shows the explorations of one command."""

    def __init__(self, arguments: Namespace, printed: Printed) -> None:
        self._arguments = arguments
        self._printed = printed
        self._shown: list[Exploration] = []

    def show(self, target: Target, exploration: Exploration) -> None:
        """After a search. What fails is run once more: it must fail again, and prints."""
        steps = commands.following(target, exploration, self._arguments)
        found = exploration.counterexample
        if found is None or not exploration.explored:
            self._print(exploration, steps)
            return
        replayed = self.replay(target, found.schedule)
        file = files.write(target, found, self._arguments)
        if file is not None:
            steps = [commands.replay(target, self._arguments, file), *steps]
        self._print(exploration, steps)
        if replayed.verdict is not Verdict.FOUND:
            reasons = joined(replayed.reasons)
            print(f"gilscope: an immediate replay did not fail again: {reasons}", file=sys.stderr)
        self._print_output()

    def show_replayed(self, target: Target, exploration: Exploration) -> None:
        failed = exploration.counterexample is not None
        self._print(exploration, [] if failed else [commands.search(target, self._arguments)])
        self._print_output()

    def conclude(self) -> None:
        """The last lines, after several tests: the verdict on each, and in which worlds."""
        if len(self._shown) > 1 and not self._arguments.json:
            print()
            for line in summary.lines(self._shown):
                print(line)

    def replay(self, target: Target, schedule: Schedule) -> Exploration:
        """Run the failing execution alone; what it printed is then kept."""
        from gilscope.explore.replay import replay  # noqa: PLC0415 - needs native code

        with self._printed:
            return replay(
                target.test, schedule, target.options, target.spec, Setting(self._printed.clear)
            ).exploration

    def _print(self, exploration: Exploration, steps: Sequence[str]) -> None:
        self._shown.append(exploration)
        if self._arguments.json:
            json.dump(json_.to_dict(exploration), sys.stdout, allow_nan=False)
            sys.stdout.write("\n")
            return
        from gilscope.report.exploration.console import print_exploration  # noqa: PLC0415 - imports rich

        if len(self._shown) > 1:
            print()
        all_steps = self._arguments.all_steps
        print_exploration(exploration, sys.stdout, next_steps=steps, all_steps=all_steps)

    def _print_output(self) -> None:
        text = self._printed.text
        if text and not self._arguments.quiet and not self._arguments.json:
            print("\nthe failing execution printed")
            sys.stdout.write(text if text.endswith("\n") else f"{text}\n")
