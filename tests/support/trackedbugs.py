"""Races from public issue trackers, with the answers that were reasoned out before exploring them.

The rows are in races.csv beside the programs. `fixed` is "open" where there was no fix at the time:
the fixed form is then a proposed one, or this suite's. "unknown": fixed, but not known when.
"""

from __future__ import annotations

import csv

from support.realbugs import FOLDER, RealBug

SETS = ("kinds", "worlds")  # columns that hold names separated by blanks


def _read() -> tuple[RealBug, ...]:
    with (FOLDER / "races.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    return tuple(
        RealBug(**{k: frozenset(v.split()) if k in SETS else v for k, v in row.items()})  # type: ignore[arg-type]
        for row in rows
    )


TRACKED = _read()
