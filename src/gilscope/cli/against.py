"""`gilscope report NOW --against BEFORE`: compare runs, on the screen, as JSON or as a page."""

from __future__ import annotations

import json
import sys
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from gilscope.analysis.difference import difference
from gilscope.analysis.figures import figures_of
from gilscope.analysis.worse import Least, judge_worse
from gilscope.budget.outcome import STATUS
from gilscope.budget.worse import worse_limit_of
from gilscope.cli.output import choose_output, discard_if_unused, written
from gilscope.cli.present import program_of
from gilscope.cli.progress import ProgressLine
from gilscope.cli.reading import reading
from gilscope.errors import GilscopeError
from gilscope.fleet import files_of, open_all
from gilscope.picture.pathsums import PathSums
from gilscope.report.difference import console, json_, worse
from gilscope.report.difference.verdicts import Side, verdict_of
from gilscope.report.html.differencepage import difference_page
from gilscope.trace import load
from gilscope.words.text import listed

if TYPE_CHECKING:
    from argparse import Namespace
    from collections.abc import Sequence

    from gilscope.analysis.difference import Difference
    from gilscope.trace import Trace

TEXT, JSON, HTML = ".txt", ".json", ".html"
SUFFIXES = (TEXT, JSON, HTML)


def run(arguments: Namespace) -> int:
    for option, given in (
        ("--process", arguments.process),
        ("--from", arguments.since),
        ("--to", arguments.until),
    ):
        if given is not None:
            raise GilscopeError("--against compares whole runs", f"leave out {option}")
    if arguments.fail_if or arguments.format is not None:
        option = "--fail-if" if arguments.fail_if else "--format"
        raise GilscopeError(
            f"{option} is about one run", "leave out --against; or: --fail-if-worse"
        )
    limits = _limits(arguments.fail_if_worse)
    if arguments.output is None:
        suffix = JSON if arguments.json else TEXT
        compared = _Compared(arguments, suffix, limits)
        compared.show(sys.stdout, suffix)
        return compared.told(suffix)
    suffix = _suffix(arguments)
    stem = arguments.files[0].resolve().stem
    output = choose_output(arguments.output, stem, force=arguments.force, suffix=suffix)
    try:
        compared = _Compared(arguments, suffix, limits)
        with written(output) as stream:
            compared.show(stream, suffix)
    except BaseException:
        discard_if_unused(output)
        raise
    return compared.told(suffix)


def _limits(texts: Sequence[str]) -> tuple[Least, ...]:
    """Read what is not to be worse, before any run is read.

    Raises:
        GilscopeError: it is no figure of a comparison and an amount.
    """
    try:
        found = tuple(map(worse_limit_of, texts))
    except GilscopeError as error:
        raise GilscopeError(f"--fail-if-worse: {error.message}", error.hint) from error
    return tuple(Least(each.name, each.share, each.amount_s, each.text) for each in found)


def _suffix(arguments: Namespace) -> str:
    asked = Path(arguments.output)
    if not arguments.output or asked.is_dir():
        return JSON if arguments.json else TEXT
    suffix = asked.suffix.lower()
    if suffix not in SUFFIXES:
        raise GilscopeError(
            f"no comparison is written to {asked.name}", f"end the name in {listed(SUFFIXES, 'or')}"
        )
    if arguments.json and suffix != JSON:
        raise GilscopeError(
            f"--json cannot write {asked}", "leave out --json, or name the file *.json"
        )
    return suffix


class _Compared:
    """What was read of both sides; `suffix` is the form in which it is to be shown."""

    def __init__(self, arguments: Namespace, suffix: str, limits: Sequence[Least]) -> None:
        self._before, self._now = list(arguments.against), list(arguments.files)
        self._sums = PathSums() if suffix == HTML else None
        if suffix != TEXT:
            self._sides = _side(self._before), _side(self._now)
        self._difference = self._read()
        self._judged = tuple(judge_worse(self._difference, each) for each in limits)

    def _read(self) -> Difference:
        paths, sums = [*self._before, *self._now], self._sums
        figures = []
        with ProgressLine(sys.stderr, f"reading {len(paths)} runs") as progress:
            for run, path in enumerate(paths):
                with reading([path]), ExitStack() as stack:
                    traces = _traces(path, stack)
                    figures.append(figures_of(traces))
                    if sums is not None:
                        for trace in traces:
                            sums.add(run, trace)
                progress((run + 1) / len(paths))
        return difference(figures[: len(self._before)], figures[len(self._before) :])

    def show(self, stream: TextIO, suffix: str) -> None:
        if suffix == TEXT:
            before, now = list(map(str, self._before)), list(map(str, self._now))
            console.print_difference(self._difference, before, now, stream)
            if self._judged:
                stream.write("\n")
                worse.print_worse(self._judged, self._difference.basis, stream)
        elif suffix == JSON:
            found = json_.to_dict(self._difference, *self._sides, self._judged)
            json.dump(found, stream, indent=2, allow_nan=False)
            stream.write("\n")
        else:
            assert self._sums is not None
            stream.writelines(difference_page(self._difference, *self._sides, self._sums))

    def told(self, suffix: str) -> int:
        """The exit status; what it is about is said on stderr where it is not on the screen."""
        if self._judged and suffix != TEXT and sys.stderr is not None:
            worse.print_worse(self._judged, self._difference.basis, sys.stderr)
        return STATUS[worse.overall(self._judged)]


def _side(paths: Sequence[Path]) -> Side:
    verdicts = tuple(verdict_of(*program_of([path])) for path in paths)
    return Side(tuple(map(str, paths)), verdicts)


def _traces(path: Path, stack: ExitStack) -> list[Trace]:
    """The processes of a run: of a file, or of a folder with their traces."""
    if path.is_dir():
        return [each.trace for each in open_all(files_of([path]), stack)]
    return list(stack.enter_context(load(path)).processes)
