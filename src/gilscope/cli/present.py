"""From a trace file to the screen: what `gilscope run` and `gilscope report` have in common."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, TextIO

from gilscope.analysis import analyze
from gilscope.cli.progress import ProgressLine
from gilscope.errors import GilscopeError
from gilscope.report.gil.console import Options, print_report
from gilscope.trace import load

__all__ = ["Options", "analysis_of", "print_report", "show"]

if TYPE_CHECKING:
    from pathlib import Path

    from gilscope.analysis.model import Analysis


def analysis_of(path: Path) -> Analysis:
    try:
        with ProgressLine(sys.stderr, f"reading {path.name}") as progress:
            return analyze(load(path), progress=progress)
    except OSError as error:
        raise GilscopeError(f"cannot read {path}: {error.strerror or error}") from error


def show(path: Path, stream: TextIO) -> None:
    print_report(analysis_of(path), Options(trace=str(path)), stream)
