"""`gilscope report NOW --against BEFORE`: compare runs, on the screen or as JSON."""

from __future__ import annotations

import json
import sys
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from gilscope.analysis.difference import difference
from gilscope.analysis.figures import figures_of
from gilscope.cli.output import choose_output, discard_if_unused, written
from gilscope.cli.progress import ProgressLine
from gilscope.errors import GilscopeError
from gilscope.fleet import files_of, open_all
from gilscope.report.difference import console, json_
from gilscope.trace import load

if TYPE_CHECKING:
    from argparse import Namespace
    from collections.abc import Callable, Sequence

    from gilscope.analysis.difference import Difference
    from gilscope.analysis.figures import RunFigures

SUFFIXES = (".txt", ".json")


def run(arguments: Namespace) -> int:
    for option, given in (
        ("--process", arguments.process),
        ("--from", arguments.since),
        ("--to", arguments.until),
    ):
        if given is not None:
            raise GilscopeError("--against compares whole runs", f"leave out {option}")
    if arguments.output is None:
        _write(arguments, sys.stdout, as_json=arguments.json)
        return 0
    as_json = _is_json(arguments)
    suffix = SUFFIXES[as_json]
    stem = arguments.files[0].resolve().stem
    output = choose_output(arguments.output, stem, force=arguments.force, suffix=suffix)
    try:
        found = _compared(arguments)
        with written(output) as stream:
            _show(arguments, found, stream, as_json=as_json)
    except BaseException:
        discard_if_unused(output)
        raise
    return 0


def _is_json(arguments: Namespace) -> bool:
    asked = Path(arguments.output)
    if not arguments.output or asked.is_dir():
        return bool(arguments.json)
    suffix = asked.suffix.lower()
    if suffix not in SUFFIXES:
        raise GilscopeError(
            f"no comparison is written to {asked.name}", f"end the name in {' or '.join(SUFFIXES)}"
        )
    if arguments.json and suffix != ".json":
        raise GilscopeError(
            f"--json cannot write {asked}", "leave out --json, or name the file *.json"
        )
    return suffix == ".json"


def _write(arguments: Namespace, stream: TextIO, *, as_json: bool) -> None:
    _show(arguments, _compared(arguments), stream, as_json=as_json)


def _show(arguments: Namespace, found: Difference, stream: TextIO, *, as_json: bool) -> None:
    before, now = (list(map(str, some)) for some in (arguments.against, arguments.files))
    if as_json:
        json.dump(json_.to_dict(found, before, now), stream, indent=2, allow_nan=False)
        stream.write("\n")
    else:
        console.print_difference(found, before, now, stream)


def _compared(arguments: Namespace) -> Difference:
    total = len(arguments.against) + len(arguments.files)
    with ProgressLine(sys.stderr, f"reading {total} runs") as progress:
        before = _figures(arguments.against, lambda done: progress(done / total))
        done_before = len(before)
        now = _figures(arguments.files, lambda done: progress((done_before + done) / total))
    return difference(before, now)


def _figures(paths: Sequence[Path], progress: Callable[[int], None]) -> list[RunFigures]:
    """Read each run: a file, or a folder with the traces of its processes."""
    found = []
    for done, path in enumerate(paths):
        try:
            with ExitStack() as stack:
                if path.is_dir():
                    traces = [each.trace for each in open_all(files_of([path]), stack)]
                else:
                    traces = list(stack.enter_context(load(path)).processes)
                found.append(figures_of(traces))
        except OSError as error:
            raise GilscopeError(f"cannot read {path}: {error.strerror or error}") from error
        progress(done + 1)
    return found
