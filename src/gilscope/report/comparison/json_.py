"""A comparison as JSON, and back: docs/reference/compare-json.md is the contract."""

from __future__ import annotations

import json
from dataclasses import asdict, fields
from typing import TYPE_CHECKING, Any

from gilscope.compare.decision import decide, judge
from gilscope.compare.estimates import Estimate
from gilscope.compare.model import Comparison, GilCost, Note, NoteKind, Outcome, Row
from gilscope.errors import GilscopeError
from gilscope.report.comparison import sentences

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from gilscope.compare.model import Decision

FORMAT = "gilscope-compare"
VERSION = 1
# Each is three values: the median, and the ends of its interval.
INTERVALS = {
    "wall": ("wall_s", "wall_low_s", "wall_high_s"),
    "speedup": ("speedup", "speedup_low", "speedup_high"),
    "against_default": ("against_default", "against_default_low", "against_default_high"),
}


def to_dict(comparison: Comparison) -> dict[str, Any]:
    """The comparison as JSON has it: plain values, units in the names."""
    return {
        "format": FORMAT,
        "version": VERSION,
        "target": comparison.target,
        "arguments": comparison.arguments,
        "setup": comparison.setup,
        "tasks": comparison.tasks,
        "cores": comparison.cores,
        "python": comparison.python,
        "rounds": comparison.rounds,
        "strategies": [row_to_dict(row) for row in comparison.rows],
        "decision": _decision_to_dict(comparison.decision),
        "recommendation": sentences.decision(comparison),
        "notes": [asdict(each) for each in comparison.notes],
        "warnings": [sentences.note(each, comparison) for each in comparison.notes],
    }


def _decision_to_dict(decision: Decision) -> dict[str, Any]:
    return {
        "kind": decision.kind.value,
        "threshold": decision.threshold,
        "use": _name(decision.leaders[0]) if decision.leaders else None,
        "leaders": _names(decision.leaders),
        "undecided": _names(decision.undecided),
        "elsewhere": _name(decision.elsewhere) if decision.elsewhere else None,
        "failed": _names(decision.failed),
        "wrong": _names(decision.wrong),
    }


def _names(rows: Sequence[Row]) -> list[dict[str, Any]]:
    return [_name(row) for row in rows]


def _name(row: Row) -> dict[str, Any]:
    return {"strategy": row.strategy, "workers": row.workers, "python": row.python}


def row_to_dict(row: Row) -> dict[str, Any]:
    """A row as JSON has it; CSV takes its columns from the same names."""
    plain = {
        field.name: getattr(row, field.name) for field in fields(Row) if field.name not in INTERVALS
    }
    plain |= {"outcome": row.outcome.value, "available": row.available}
    plain["gain"] = judge(row)
    plain["gil"] = asdict(row.gil) if row.gil else None
    for name, (middle, low, high) in INTERVALS.items():
        interval: Estimate | None = getattr(row, name)
        plain[middle] = interval.median if interval else None
        plain[low] = interval.low if interval else None
        plain[high] = interval.high if interval else None
    return plain


def load(path: Path) -> Comparison:
    """Read what `--json` wrote. Raises GilscopeError if the file is something else."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise GilscopeError(f"cannot read {path}: {error.strerror or error}") from error
    except ValueError as error:
        raise GilscopeError(f"{path} is not JSON: {error}", _hint()) from error
    if not isinstance(content, dict) or content.get("format") != FORMAT:
        raise GilscopeError(f"{path} is not the result of a comparison", _hint())
    if content.get("version") != VERSION:
        raise GilscopeError(
            f"{path} has version {content.get('version')} of the format, this gilscope reads"
            f" {VERSION}",
            "use the gilscope that wrote it, or a newer one",
        )
    try:
        return _from_dict(content)
    except (KeyError, TypeError, ValueError, IndexError) as error:
        raise GilscopeError(f"{path} is damaged: {error!r}", _hint()) from error


def _hint() -> str:
    return "write one with: gilscope compare … --json -o FILE"


def _from_dict(content: dict[str, Any]) -> Comparison:
    rows = tuple(_row_from_dict(row, content["rounds"]) for row in content["strategies"])
    if rows[0].wall is None:
        raise ValueError("the first strategy is not a serial run that was measured")
    return Comparison(
        target=str(content["target"]),
        arguments=str(content["arguments"]),
        setup=str(content.get("setup", "")),
        tasks=int(content["tasks"]),
        cores=int(content["cores"]),
        python=str(content["python"]),
        rounds=int(content["rounds"]),
        rows=rows,
        decision=decide(rows),  # follows from the rows: an older gilscope may have said otherwise
        notes=tuple(_notes(content)),
    )


def _notes(content: dict[str, Any]) -> Iterator[Note]:
    if "notes" not in content:  # the file is older than they are
        for text in content["warnings"]:
            yield Note(NoteKind.TEXT, detail=str(text))
        return
    for plain in content["notes"]:
        yield Note(**(plain | {"kind": NoteKind(plain["kind"])}))


def _row_from_dict(plain: dict[str, Any], rounds: int) -> Row:
    wanted = {field.name for field in fields(Row)} - INTERVALS.keys() - {"gil", "outcome"}
    values: dict[str, Any] = {name: plain[name] for name in wanted}
    values |= {name: _interval(plain, *keys, rounds) for name, keys in INTERVALS.items()}
    gil = plain["gil"]
    return Row(
        **values,
        outcome=Outcome(plain["outcome"]),
        gil=GilCost(**gil) if gil else None,
    )


def _interval(
    plain: dict[str, Any], middle: str, low: str, high: str, rounds: int
) -> Estimate | None:
    if plain[middle] is None:
        return None
    least, most = float(plain[low]), float(plain[high])
    return Estimate(float(plain[middle]), least, most, least, most, rounds)
