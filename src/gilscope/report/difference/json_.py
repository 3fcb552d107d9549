"""A difference as JSON: docs/reference/difference-json.md is the contract."""

from __future__ import annotations

from statistics import median
from typing import TYPE_CHECKING, Any

from gilscope.report.difference import sentences, worse

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gilscope.analysis.difference import Change, Difference
    from gilscope.analysis.figures import RunFigures
    from gilscope.analysis.worse import Judgement
    from gilscope.report.difference.verdicts import Side

FORMAT = "gilscope-difference"
VERSION = 1


def to_dict(
    difference: Difference, before: Side, now: Side, judged: Sequence[Judgement] = ()
) -> dict[str, Any]:
    """The difference as JSON has it: plain values, units in the names; `judged` if asked for."""
    return {
        "format": FORMAT,
        "version": VERSION,
        "summary": sentences.summary(difference),
        "basis": difference.basis.value,
        "before": _runs(difference.before, before),
        "now": _runs(difference.now, now),
        "changes": [_change(each) for each in difference.changes],
        "notes": list(sentences.notes(difference)),
        "fail_if_worse": worse.to_dict(judged),
    }


def _runs(runs: Sequence[RunFigures], side: Side) -> list[dict[str, Any]]:
    return [
        {
            "file": file,
            "program": run.program,
            "python": run.python,
            "wall_s": run.wall_s,
            "ended": run.ended,
            "is_partial": run.is_partial,
            "has_gil": run.has_gil,
            "verdict": {
                "kind": verdict.kind,
                "about": verdict.about,
                "summary": verdict.summary,
                "evidence": verdict.evidence,
            },
        }
        for run, file, verdict in zip(runs, side.files, side.verdicts, strict=True)
    ]


def _change(change: Change) -> dict[str, Any]:
    return {
        "kind": change.subject.kind.value,
        "name": change.subject.name,
        "file": change.subject.file,
        "before_s": list(change.before),
        "now_s": list(change.now),
        "before_median_s": median(change.before),
        "now_median_s": median(change.now),
        "probability": change.probability,
        "outcome": change.outcome.value,
    }
