"""What the report of each run says first: what the verdict was, and what it is now."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gilscope.analysis.figures import FigureKind, function_of
from gilscope.report.gil import processes, windows
from gilscope.report.gil.naming import places_of
from gilscope.report.gil.verdicts import tell

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gilscope.analysis import Program
    from gilscope.analysis.figures import Subject
    from gilscope.predict import Prediction


@dataclass(frozen=True, slots=True)
class RunVerdict:
    """The kind of a verdict, and its sentences, in which `code` stands between backticks.

    `about` says which process or which part of the run it is about; it may be empty. `named` says
    what lines are called in the sentences, and which figure has them.
    """

    kind: str
    about: str
    summary: str
    evidence: str
    named: Mapping[str, Subject]


@dataclass(frozen=True, slots=True)
class Side:
    """The runs from before, or those from now: for each its file or folder, and its verdict."""

    files: tuple[str, ...]
    verdicts: tuple[RunVerdict, ...]


def verdict_of(program: Program, prediction: Prediction | None) -> RunVerdict:
    """Return what `gilscope report` says of this run."""
    analysis, places = program.analysis, places_of(program.analysis)
    told = tell(analysis, places, prediction)
    figures = [
        *((FigureKind.BLAME, row.line) for row in analysis.blame),
        *((FigureKind.VICTIMS, row.line) for row in analysis.victims),
        *((FigureKind.LOCKS, row.waiter) for row in analysis.locks if not row.purpose),
    ]
    # The first that has a name is the one that cost most: a later one does not take its place.
    named = {
        places.of(line): function_of(kind, line) for kind, line in reversed(figures) if line.file
    }
    about = " ".join(each for each in (processes.scope(program), windows.when(analysis)) if each)
    return RunVerdict(analysis.verdict.kind.value, about, told.summary, told.evidence, named)
