"""The report for machines, as far as it belongs into a page of bounded size."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gilscope.report.gil.json_ import to_dict
from gilscope.report.html.room import room
from gilscope.report.html.shapes import shortened

if TYPE_CHECKING:
    from gilscope.analysis import Program
    from gilscope.predict import Prediction

TEXTS_IN_DATA = 10  # a sentence may be as long as so many names
# The pictures have what these say, with more detail.
_DRAWN = ("timeline", "blocked")
_TABLES = ("threads", "groups", "blame", "victims", "pairs", "locks", "processes", "open_locks")


def report_data(program: Program, prediction: Prediction | None) -> dict[str, Any]:
    """Return what `--json` has, without timelines, and with the first rows of long tables, and no
    longer texts than the page has room for.

    `left_out` says how many rows of which table are not there. Of groups it is said how many
    threads they have; of too many threads, those that held and waited most are there.
    """
    found = to_dict(program, prediction)
    left_out: dict[str, int] = {}
    most = room().data_rows
    for name in _TABLES:
        rows = found[name]
        if len(rows) > most:
            left_out[name] = len(rows) - most
            if name == "threads":
                rows = sorted(rows, key=lambda row: -(row["hold_s"] + row["wait_s"]))
        found[name] = [_lighter(row) for row in rows[:most]]
    for group in found["groups"]:
        group["threads"] = len(group["threads"])
    without = found["without_gil"]
    for name in ("threads", "contended", "stops") if without else ():
        if len(without[name]) > most:
            left_out[f"without_gil.{name}"] = len(without[name]) - most
        without[name] = without[name][:most]
    found = {name: _bounded(each, name, left_out) for name, each in found.items()}
    return {**found, "left_out": left_out}


def _bounded(value: Any, name: str, left_out: dict[str, int]) -> Any:
    """Cut long lists and texts, however deep inside they are."""
    if isinstance(value, str):
        return shortened(value, TEXTS_IN_DATA * room().characters)
    if isinstance(value, dict):
        return {key: _bounded(each, f"{name}.{key}", left_out) for key, each in value.items()}
    if isinstance(value, list):
        most = room().data_rows
        if len(value) > most:
            left_out[name] = left_out.get(name, 0) + len(value) - most
        return [_bounded(each, name, left_out) for each in value[:most]]
    return value


def _lighter(row: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in row.items() if name not in _DRAWN}
