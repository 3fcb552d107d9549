"""The files that an exploration leaves: the schedule of a failure, and a regression test for it."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from gilscope.cli.output import choose_output, written
from gilscope.errors import GilscopeError
from gilscope.report.exploration import json_

if TYPE_CHECKING:
    from argparse import Namespace

    from gilscope.explore.results import Counterexample
    from gilscope.explore.targets import Target

SUFFIX = ".schedule.json"
OF_THE_MARK = ("world", "include", "invariant", "each_step", "preemptions", "most_steps")


def check_output(arguments: Namespace, *, several: bool = False) -> None:
    """Refuse what cannot be written before minutes of searching, not after them."""
    output, test = arguments.output and Path(arguments.output), arguments.emit_test
    if several and output and not output.is_dir():
        raise GilscopeError("-o FILE is for one test", "name a folder instead, or explore one test")
    if test is not None and test.suffix != ".py":
        raise GilscopeError(f"{test} is not the name of a Python file")
    schedule = beside(test) if test is not None and output is None else output
    for path in (schedule, test):
        if path is None or path.is_dir():
            continue
        if path.exists() and not arguments.force:
            raise GilscopeError(f"{path} exists", "--force replaces it")
        if not path.parent.is_dir():
            raise GilscopeError(f"cannot write {path}: its folder does not exist")


def beside(test: Path) -> Path:
    """The schedule that a regression test begins with."""
    return test.with_name(test.stem + SUFFIX)


def write(target: Target, found: Counterexample, arguments: Namespace) -> Path | None:
    """The file of the schedule; None if there is to be none."""
    test: Path | None = arguments.emit_test
    asked = arguments.output
    if asked is None and test is not None:
        asked = str(beside(test))
    if asked is None and arguments.json:
        return None  # the schedule stands in what is shown
    file = choose_output(asked, target.stem, force=arguments.force, suffix=SUFFIX)
    _write_text(file, f"{json.dumps(json_.schedule_to_dict(found.schedule), indent=1)}\n")
    if test is not None:
        _write_test(target, found, file, test)
    return file


def _write_test(target: Target, found: Counterexample, file: Path, test: Path) -> None:
    from gilscope.explore.testing.emit import regression_test  # noqa: PLC0415 - only if asked for

    usual = type(target.options)()
    options = {
        name: getattr(target.options, name)
        for name in OF_THE_MARK
        if getattr(target.options, name) != getattr(usual, name)
    }
    schedule, folder = file.resolve(), test.resolve().parent
    name = schedule.name if schedule.parent == folder else str(schedule)
    _write_text(test, regression_test(target, test, found.failure, name, options))
    print(f"gilscope: wrote {test}, which imports {target.module.__name__}", file=sys.stderr)


def _write_text(path: Path, text: str) -> None:
    with written(path) as stream:
        stream.write(text)
