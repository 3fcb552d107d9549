"""The figures of one whole run that two runs can be compared by, over all of its processes."""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import PurePath
from typing import TYPE_CHECKING

from gilscope.analysis.analyze import analyze
from gilscope.analysis.processnames import own_name
from gilscope.analysis.unrecorded import cpu_ns

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from gilscope.analysis.model import Analysis, Line
    from gilscope.trace import Trace

COMPLETE = frozenset({"exit", "stopped", "killed", "exec"})  # ends of recordings that lost nothing
_PARTS_OF_FILE = 2  # by which a file is the same in two checkouts
_NUMBERS = re.compile(r"\d+")
_PYTHON = re.compile(r"^python\d+\.\d+t?$")  # the folder of a standard library


class FigureKind(StrEnum):
    """What figures are of."""

    RUN = "run"  # the whole
    BLAME = "blame"  # a function that made others wait for the GIL
    VICTIMS = "victims"  # a function that waited for it
    LOCKS = "locks"  # a function that waited for locks, but as its purpose
    THREADS = "threads"  # waiting of threads that are alike but for numbers in their names


@dataclass(frozen=True, slots=True)
class Subject:
    """What a figure is of: of a run, `name` is one of RUN_FIGURES; of threads, what they are called
    (`#` for numbers). A function has a `file`, without its outer folders; of others it is empty.
    """

    kind: FigureKind
    name: str
    file: str = ""


# In the order in which they are shown: seconds, all of them; `wall` and `cpu` of the whole program.
RUN_FIGURES = ("wall", "cpu", "held", "waited", "longest wait", "stalled", "locks", "loop", "gc")
# What is neither good nor bad by itself.
NEUTRAL = frozenset({"cpu", "held"})
# What a longer run has no more of.
NOT_SUMS = frozenset({"wall", "longest wait"})


@dataclass(frozen=True, slots=True)
class RunFigures:
    """One run. `seconds` are by subject; what is missing is 0. `ended`: by itself, all of it.

    `is_partial` if the trace was limited in size: then lines and stalls are of its end only.
    `is_complete` if nothing of the recording was lost, however the run ended.
    """

    program: str
    python: str
    wall_s: float
    ended: bool
    is_partial: bool
    has_gil: bool
    is_complete: bool = True
    seconds: Mapping[Subject, float] = field(default_factory=dict)


def figures_of(traces: Iterable[Trace]) -> RunFigures:
    """Analyse each process of a run, and add up what they say; there is at least one process."""
    sums: dict[Subject, float] = defaultdict(float)
    longest: dict[Subject, float] = defaultdict(float)
    first: Trace | None = None
    ended, is_partial, is_complete, wall_s = True, False, True, 0.0
    for trace in traces:
        first = first or trace
        since_s = trace.meta.start_monotonic_ns - first.meta.start_monotonic_ns
        wall_s = max(wall_s, (max(0, since_s) + trace.end_ns) / 1e9)
        ended = ended and trace.meta.end_reason in ("exit", "stopped")
        is_partial = is_partial or trace.rows_from_ns() > 0
        analysis = analyze(trace)
        is_complete = is_complete and trace.meta.end_reason in COMPLETE and not analysis.warnings
        _add_run(sums, longest, analysis, cpu_ns(trace) / 1e9)
        _add_places(sums, analysis)
    assert first is not None
    sums[Subject(FigureKind.RUN, "wall")] = wall_s
    return RunFigures(
        program=own_name(first.meta.argv),
        python=first.meta.python,
        wall_s=wall_s,
        ended=ended,
        is_partial=is_partial,
        has_gil=first.meta.gil_enabled,
        is_complete=is_complete,
        seconds={**sums, **longest},
    )


def _add_run(
    sums: dict[Subject, float], longest: dict[Subject, float], analysis: Analysis, cpu_s: float
) -> None:
    costs = (row.wait_s for row in analysis.locks if not row.purpose)
    for name, value_s in (
        ("cpu", cpu_s),
        ("held", sum(row.hold_s for row in analysis.threads)),
        ("waited", analysis.gil.wait_s),
        ("stalled", analysis.verdict.facts.stalled_s),
        ("locks", sum(costs)),
        ("loop", analysis.loop.blocked_s),
        ("gc", analysis.gc.pause_s),
    ):
        sums[Subject(FigureKind.RUN, name)] += value_s
    waits = Subject(FigureKind.RUN, "longest wait")
    longest[waits] = max([longest[waits], *(row.longest_wait_s for row in analysis.threads)])


def _add_places(sums: dict[Subject, float], analysis: Analysis) -> None:
    for blamed in analysis.blame:
        sums[function_of(FigureKind.BLAME, blamed.line)] += blamed.caused_wait_s
    for victim in analysis.victims:
        sums[function_of(FigureKind.VICTIMS, victim.line)] += victim.wait_s
    for lock in analysis.locks:
        if not lock.purpose:
            sums[function_of(FigureKind.LOCKS, lock.waiter)] += lock.wait_s
    for thread in analysis.threads:
        name = _NUMBERS.sub("#", thread.name)
        sums[Subject(FigureKind.THREADS, name)] += thread.wait_s


def function_of(kind: FigureKind, line: Line) -> Subject:
    """Name it without its line, which a change may move."""
    return Subject(kind, line.function, file_of_subject(line.file))


def file_of_subject(file: str) -> str:
    """Return a file without its outer folders: by that it is the same in two checkouts.

    So is a module of the standard library in two versions of Python.
    """
    if file.startswith("<"):
        return file
    return "/".join(_PYTHON.sub("python", each) for each in PurePath(file).parts[-_PARTS_OF_FILE:])
