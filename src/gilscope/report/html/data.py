"""The report for machines, as far as it belongs into a page of bounded size."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gilscope.report.gil.json_ import to_dict

if TYPE_CHECKING:
    from gilscope.analysis import Program
    from gilscope.predict import Prediction

MOST_ROWS = 300
# The pictures have what these say, with more detail.
_DRAWN = ("timeline", "blocked")
_TABLES = ("threads", "groups", "blame", "victims", "pairs", "locks", "processes", "open_locks")


def report_data(program: Program, prediction: Prediction | None) -> dict[str, Any]:
    """Return what `--json` has, without timelines, and with the first MOST_ROWS of long tables.

    `left_out` says how many rows of which table are not there. Of groups it is said how many
    threads they have; of too many threads, those that held and waited most are there.
    """
    found = to_dict(program, prediction)
    left_out = {}
    for name in _TABLES:
        rows = found[name]
        if len(rows) > MOST_ROWS:
            left_out[name] = len(rows) - MOST_ROWS
            if name == "threads":
                rows = sorted(rows, key=lambda row: -(row["hold_s"] + row["wait_s"]))
        found[name] = [_lighter(row) for row in rows[:MOST_ROWS]]
    for group in found["groups"]:
        group["threads"] = len(group["threads"])
    without = found["without_gil"]
    for name in ("threads", "contended", "stops") if without else ():
        if len(without[name]) > MOST_ROWS:
            left_out[f"without_gil.{name}"] = len(without[name]) - MOST_ROWS
        without[name] = without[name][:MOST_ROWS]
    return {**found, "left_out": left_out}


def _lighter(row: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in row.items() if name not in _DRAWN}
