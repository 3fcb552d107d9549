"""From a trace file to the screen: what `gilscope run` and `gilscope report` have in common."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, TextIO

from gilscope.analysis import analyze_program
from gilscope.cli.progress import ProgressLine
from gilscope.errors import GilscopeError
from gilscope.report.gil.console import Options, print_report
from gilscope.trace import load

__all__ = ["Options", "print_report", "program_of", "show"]

if TYPE_CHECKING:
    from pathlib import Path

    from gilscope.analysis import Program
    from gilscope.trace import Trace

MOST_PIDS = 12  # that a message names


def program_of(path: Path, pid: int | None = None) -> Program:
    """All processes of a recording; the analysis is of `pid`, or of the one that matters most."""
    try:
        with ProgressLine(sys.stderr, f"reading {path.name}") as progress:
            trace = load(path)
            only = None if pid is None else _number_of(trace, pid)
            return analyze_program(trace, only=only, progress=progress)
    except OSError as error:
        raise GilscopeError(f"cannot read {path}: {error.strerror or error}") from error


def _number_of(trace: Trace, pid: int) -> int:
    """The last process that had this pid: it may have become another program."""
    for each in reversed(trace.processes):
        if each.meta.pid == pid:
            return each.process
    pids = ", ".join(str(each.meta.pid) for each in trace.processes[:MOST_PIDS])
    more = ", …" if len(trace.processes) > MOST_PIDS else ""
    raise GilscopeError(f"{trace.path.name} has no process {pid}", f"it has {pids}{more}")


def show(path: Path, stream: TextIO) -> None:
    program = program_of(path)
    print_report(program.analysis, Options(trace=str(path)), stream, program)
