"""`gilscope report NOW --against BEFORE`: compare runs, on the screen, as JSON or as a page."""

from __future__ import annotations

import json
import sys
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from gilscope.analysis.difference import difference
from gilscope.analysis.figures import figures_of
from gilscope.cli.output import choose_output, discard_if_unused, written
from gilscope.cli.present import program_of
from gilscope.cli.progress import ProgressLine
from gilscope.cli.reading import reading
from gilscope.errors import GilscopeError
from gilscope.fleet import files_of, open_all
from gilscope.picture.pathsums import PathSums
from gilscope.report.difference import console, json_
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
    if arguments.output is None:
        _write(arguments, sys.stdout, JSON if arguments.json else TEXT)
        return 0
    suffix = _suffix(arguments)
    stem = arguments.files[0].resolve().stem
    output = choose_output(arguments.output, stem, force=arguments.force, suffix=suffix)
    try:
        compared = _Compared(arguments, suffix)
        with written(output) as stream:
            compared.show(stream, suffix)
    except BaseException:
        discard_if_unused(output)
        raise
    return 0


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


def _write(arguments: Namespace, stream: TextIO, suffix: str) -> None:
    _Compared(arguments, suffix).show(stream, suffix)


class _Compared:
    """What was read of both sides; `suffix` is the form in which it is to be shown."""

    def __init__(self, arguments: Namespace, suffix: str) -> None:
        self._before, self._now = list(arguments.against), list(arguments.files)
        self._sums = PathSums() if suffix == HTML else None
        if suffix != TEXT:
            self._sides = _side(self._before), _side(self._now)
        self._difference = self._read()

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
        elif suffix == JSON:
            found = json_.to_dict(self._difference, *self._sides)
            json.dump(found, stream, indent=2, allow_nan=False)
            stream.write("\n")
        else:
            assert self._sums is not None
            stream.writelines(difference_page(self._difference, *self._sides, self._sums))


def _side(paths: Sequence[Path]) -> Side:
    verdicts = tuple(verdict_of(*program_of([path])) for path in paths)
    return Side(tuple(map(str, paths)), verdicts)


def _traces(path: Path, stack: ExitStack) -> list[Trace]:
    """The processes of a run: of a file, or of a folder with their traces."""
    if path.is_dir():
        return [each.trace for each in open_all(files_of([path]), stack)]
    return list(stack.enter_context(load(path)).processes)
