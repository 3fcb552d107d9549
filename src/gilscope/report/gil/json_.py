"""The report for machines: names and units are documented in docs/reference/report-json.md."""

from __future__ import annotations

import dataclasses
import math
from typing import TYPE_CHECKING, Any

from gilscope.report.budget import json_ as budgets
from gilscope.report.gil.gathered import gaps
from gilscope.report.gil.naming import places_of
from gilscope.report.gil.processes import verdict_kind
from gilscope.report.gil.verdicts import notes, tell
from gilscope.report.prediction.json_ import predicted, what_helps

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gilscope.analysis import Unrecorded
    from gilscope.analysis.model import Analysis
    from gilscope.analysis.processes import Process, Program
    from gilscope.budget.outcome import Judged
    from gilscope.predict import Prediction

SCHEMA = 1  # raised when a name or a unit changes or goes; new names may appear at any time
SHARE_DIGITS = 4


def to_dict(
    program: Program, prediction: Prediction | None = None, budget: Sequence[Judged] = ()
) -> dict[str, Any]:
    """Only dicts, lists, strings, finite numbers, booleans and None.

    All but `processes` is about the process that the report is about.
    """
    analysis = program.analysis
    plain = _plain(dataclasses.asdict(analysis))
    run = plain.pop("run")
    del run["cells"]  # their texts say nothing of the GIL
    del run["began"]  # processes[] has it
    verdict = _told(analysis, prediction)
    plain["verdict"] = {"kind": plain["verdict"]["kind"], **verdict, **plain["verdict"]}
    plain["warnings"] += notes(analysis)
    for table in ("threads", "blame", "victims", "stalls"):
        for row in plain[table]:
            row["pid"] = analysis.run.pid
    rows = [
        _process(each, prediction if each is program.focus else None) for each in program.processes
    ]
    rows += [_unrecorded(each) for each in program.unrecorded]
    plain["processes"] = sorted(rows, key=lambda row: row["start_s"] or 0.0)
    plain["unlisted_processes"] = program.unlisted
    run["host"] = program.focus.host
    plain["collection"] = None
    if program.collection is not None:
        plain["collection"] = _plain(dataclasses.asdict(program.collection))
        plain["warnings"] += gaps(program.collection)
    plain["prediction"] = None if prediction is None else predicted(prediction)
    plain["what_helps"] = None if prediction is None else what_helps(prediction)
    plain["budget"] = budgets.to_dict(budget) if budget else None
    return {"schema": SCHEMA, "wall_s": run.pop("wall_s"), "run": run, **plain}


def _process(process: Process, prediction: Prediction | None) -> dict[str, Any]:
    analysis = process.analysis
    return {
        "pid": process.pid,
        "parent_pid": process.parent_pid,
        "host": process.host,
        "program": process.program,
        "began": process.began,
        "start_s": _plain(process.start_s),
        "wall_s": _plain(process.wall_s),
        "end": process.end_reason,
        "exit_status": process.exit_status,
        "recorded": True,
        "reason": None,
        "cpu_s": _plain(process.cpu_s),
        "hold_s": _plain(process.hold_s),
        "wait_s": _plain(process.wait_s),
        "threads": process.threads,
        "gil": _plain(dataclasses.asdict(analysis.gil)) if analysis else None,
        "verdict": {
            "kind": verdict_kind(process).value,
            **(_told(analysis, prediction) if analysis else {}),
        },
    }


def _told(analysis: Analysis, prediction: Prediction | None) -> dict[str, Any]:
    told: dict[str, Any] = _plain(
        dataclasses.asdict(tell(analysis, places_of(analysis), prediction))
    )
    return told


def _unrecorded(process: Unrecorded) -> dict[str, Any]:
    """The same names; what nobody knows of it is None."""
    return {
        "pid": process.pid,
        "parent_pid": process.parent_pid,
        "host": process.host,
        "program": process.program,
        "began": None,
        "start_s": _plain(process.start_s),
        "wall_s": _plain(process.wall_s),
        "end": process.end,
        "exit_status": None,
        "recorded": False,
        "reason": process.reason.value,
        "cpu_s": _plain(process.cpu_s),
        "hold_s": None,
        "wait_s": None,
        "threads": None,
        "gil": None,
        "verdict": None,
    }


def _plain(value: Any) -> Any:
    match value:
        case dict():
            return _record(value)
        case list() | tuple():
            return [_plain(each) for each in value]
        case float():
            return value if math.isfinite(value) else None
        case str():
            return str(value)  # an enumeration's value
        case _:
            return value


def _record(fields: dict[str, Any]) -> dict[str, Any]:
    """A place in the program is spelled out in the row that it belongs to."""
    record: dict[str, Any] = {}
    for name, value in fields.items():
        match name:
            case "line" if isinstance(value, dict):
                record |= _plain(value)
            case "culprit_line":
                record |= {f"culprit_{key}": _plain(each) for key, each in value.items()}
            case "timeline":
                record[name] = {state: _shares(each) for state, each in value.items()}
            case _:
                record[name] = _plain(value)
    return record


def _shares(values: tuple[float, ...]) -> list[float | None]:
    return [round(value, SHARE_DIGITS) if math.isfinite(value) else None for value in values]
