"""A comparison as JSON and CSV, and back: docs/reference/compare-json.md is the contract."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import asdict, fields
from typing import TYPE_CHECKING, Any

from gilscope.compare.estimates import Estimate
from gilscope.compare.model import Comparison, GilCost, Outcome, Row
from gilscope.errors import GilscopeError

if TYPE_CHECKING:
    from pathlib import Path

FORMAT = "gilscope-compare"
VERSION = 1
# Each is three values: the median, and the ends of its interval.
INTERVALS = {
    "wall": ("wall_s", "wall_low_s", "wall_high_s"),
    "speedup": ("speedup", "speedup_low", "speedup_high"),
    "against_default": ("against_default", "against_default_low", "against_default_high"),
}
# In CSV an interval is three columns, the rest of a row one each; what is nested stays in JSON.
CSV_COLUMNS = (
    "strategy", "workers", "python", "available", "outcome", "reason",
    "wall_s", "wall_low_s", "wall_high_s", "speedup", "speedup_low", "speedup_high",
    "efficiency", "significant", "startup_s", "cpu_s", "peak_bytes", "bytes_in", "bytes_out",
    "throughput_per_s", "break_even_s", "cold_break_even_s",
)  # fmt: skip


def to_dict(comparison: Comparison) -> dict[str, Any]:
    """The comparison as JSON has it: plain values, units in the names."""
    return {
        "format": FORMAT,
        "version": VERSION,
        "target": comparison.target,
        "arguments": comparison.arguments,
        "tasks": comparison.tasks,
        "cores": comparison.cores,
        "python": comparison.python,
        "rounds": comparison.rounds,
        "strategies": [_row_to_dict(row) for row in comparison.rows],
        "recommendation": comparison.recommendation,
        "warnings": list(comparison.warnings),
    }


def _row_to_dict(row: Row) -> dict[str, Any]:
    plain = {
        field.name: getattr(row, field.name) for field in fields(Row) if field.name not in INTERVALS
    }
    plain |= {"outcome": row.outcome.value, "available": row.available}
    plain["gil"] = asdict(row.gil) if row.gil else None
    for name, (middle, low, high) in INTERVALS.items():
        interval: Estimate | None = getattr(row, name)
        plain[middle] = interval.median if interval else None
        plain[low] = interval.low if interval else None
        plain[high] = interval.high if interval else None
    return plain


def to_csv(comparison: Comparison) -> str:
    out = io.StringIO()
    writer = csv.DictWriter(out, CSV_COLUMNS, extrasaction="ignore", lineterminator="\n")
    writer.writeheader()
    writer.writerows(_row_to_dict(row) for row in comparison.rows)
    return out.getvalue()


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
        tasks=int(content["tasks"]),
        cores=int(content["cores"]),
        python=str(content["python"]),
        rounds=int(content["rounds"]),
        rows=rows,
        recommendation=str(content["recommendation"]),
        warnings=tuple(content["warnings"]),
    )


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
