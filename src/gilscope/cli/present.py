"""From a trace file to the screen: what `gilscope run` and `gilscope report` have in common."""

from __future__ import annotations

import sys
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, TextIO

from gilscope.analysis import analyze_program
from gilscope.analysis.choice import Wanted, process_of
from gilscope.calibrate import price_for
from gilscope.cli.browse import browse, can_browse
from gilscope.cli.budget import judged_of
from gilscope.cli.choice import EVERYTHING, Choice
from gilscope.cli.drawing import picture_of
from gilscope.cli.output import choose_output, discard_if_unused, say, written
from gilscope.cli.progress import ProgressLine
from gilscope.cli.reading import load_chosen, reading
from gilscope.errors import GilscopeError
from gilscope.fleet import analyze_files, files_of
from gilscope.predict import OF_A_REPORT, judged, predict
from gilscope.report.budget.console import print_budget
from gilscope.report.gil.console import Options, print_report
from gilscope.report.gil.renderers import HTML
from gilscope.words import numbers

__all__ = ["Choice", "Options", "Shown", "print_report", "program_of", "show"]


if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from gilscope.analysis import Program
    from gilscope.budget.checking import Limit
    from gilscope.budget.outcome import Judged
    from gilscope.fleet import Files
    from gilscope.predict import Prediction


def _nobody(_: Sequence[Judged]) -> None: ...


@dataclass(frozen=True, slots=True)
class Shown:
    """What is to be shown when a program has ended: the report, and a page beside the trace.

    `limits` are conditions that the report is not to fulfil.
    """

    report: bool = True
    page: bool = False
    limits: tuple[Limit, ...] = ()


def program_of(
    paths: Sequence[Path], choice: Choice = EVERYTHING
) -> tuple[Program, Prediction | None]:
    """All processes of one trace, or of all traces in several files and folders as one program.

    It is about the process that matters most, or the chosen one; so is the prediction, which there
    is for one trace only, and all of it.
    """
    wanted = None if choice.process is None else Wanted(*choice.process)
    with reading(paths):
        files = files_of(paths)
        if len(files.paths) == 1:
            return _of_one(files.paths[0], wanted, choice)
        if choice.has_window:
            raise GilscopeError(
                "--from and --to take one trace",
                "name one: gilscope report FILE --from 3",
            )
        return _of_many(files, wanted), None


def _of_one(path: Path, wanted: Wanted | None, choice: Choice) -> tuple[Program, Prediction | None]:
    with ProgressLine(sys.stderr, f"reading {path.name}") as progress:
        trace = load_chosen(path, choice)
        only = None if wanted is None else process_of(trace, wanted).process
        program = analyze_program(trace, only=only, progress=progress)
        if choice.has_window:
            return program, None
        focus = program.focus.process
        mine = next(each for each in trace.processes if each.process == focus)
        prediction = predict(
            mine,
            OF_A_REPORT,
            progress=lambda part: progress(part, "replaying"),
            price=price_for(mine.meta),
        )
        return judged(program, prediction), prediction


def _of_many(files: Files, wanted: Wanted | None) -> Program:
    with ProgressLine(sys.stderr, f"reading {len(files.paths)} files") as progress:
        return analyze_files(files, wanted=wanted, progress=progress)


def show(
    path: Path, stream: TextIO, shown: Shown, found: Callable[[Sequence[Judged]], None] = _nobody
) -> None:
    """Read the trace of a run that has ended, and show what was asked for.

    `found` is told what came of the limits before anything is shown: that may fail.
    """
    program, prediction = program_of([path])
    budget = judged_of(shown.limits, program, prediction)
    found(budget)
    options = Options(trace=str(path), prediction=prediction, budget=budget)
    if shown.report:
        stream.write("\n")
        print_report(program.analysis, options, stream, program)
    elif budget:
        print_budget(budget, stream)
    if shown.page:
        _show_page(path, stream, program, options)


def _show_page(path: Path, stream: TextIO, program: Program, options: Options) -> None:
    """Write a page beside the trace, and open it where somebody can see it."""
    page = choose_output(str(path.parent), path.stem, force=False, suffix=HTML.suffix)
    try:
        picture = picture_of([path], EVERYTHING, program, options.prediction)
        with written(page) as out:
            HTML.render(program, replace(options, picture=picture), out)
    except BaseException:
        discard_if_unused(page)
        raise
    is_open = can_browse(stream) and browse(page)
    size = numbers.size(page.stat().st_size)
    told = "your browser shows it" if is_open else "open it in a browser"
    say(f"gilscope: page {page}, {size} · {told}", stream)
