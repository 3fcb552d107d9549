"""What the screen concludes in each situation, word by word.

The golden files are written anew with `GILSCOPE_UPDATE_GOLDEN=1 pytest tests/unit`; read the
difference before committing it.
"""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from gilscope.compare.decision import decide
from gilscope.compare.estimates import Estimate
from gilscope.compare.model import Comparison, GilCost, Note, NoteKind, Outcome, Row
from gilscope.report.comparison import sentences
from gilscope.report.comparison.console import render

GOLDEN = Path(__file__).parent / "golden"
ROUNDS = 7
SERIAL_S = 0.4


def measured(strategy: str, low: float, high: float, workers: int = 2, **changes: Any) -> Row:
    middle = (low + high) / 2
    ratio = Estimate(middle, low, high, low, high, ROUNDS)
    wall_s = SERIAL_S / middle
    wall = Estimate(
        wall_s, SERIAL_S / high, SERIAL_S / low, SERIAL_S / high, SERIAL_S / low, ROUNDS
    )
    base = Row(
        strategy,
        workers,
        "",
        Outcome.MEASURED,
        wall=wall,
        speedup=ratio,
        against_default=ratio,
        startup_s=0.012,
        overhead_s=20e-6,
        cpu_s=SERIAL_S,
        peak_bytes=20_000_000,
        break_even_s=0.001 if low > 1.05 else None,
    )
    return replace(base, **changes)


SERIAL = measured("serial", 1, 1, workers=1)
CONTENDED = GilCost(0.9, 0.97, 0.99, "fib.py:5", "cpu-bound")
THREADS = measured("threads", 0.93, 1.02, gil=CONTENDED)
FORK = measured("processes-fork", 1.80, 2.02)
SPAWN = measured("processes-spawn", 1.71, 1.95)
NOISY = [
    measured("threads", 0.71, 1.56),
    measured("asyncio", 0.65, 1.26),
    measured("processes-fork", 0.97, 2.01),
    measured("processes-spawn", 0.88, 2.10),
]
SITUATIONS: dict[str, list[Row]] = {
    "all-slower": [measured("threads", 0.81, 0.93, gil=CONTENDED), measured("loky", 0.4, 0.6)],
    "none-worth-it": [THREADS, measured("processes-fork", 1.01, 1.07)],
    "one-faster": [THREADS, FORK],
    "leaders": [THREADS, FORK, SPAWN, measured("dask", 1.02, 1.9)],
    "all-noisy": NOISY,
    "one-failed": [
        THREADS,
        FORK,
        Row("processes-spawn", 2, "", Outcome.RAISED, "PicklingError: not found as fib.square"),
    ],
    "other-results": [
        measured("threads", 0.81, 0.93),
        Row("loky", 2, "", Outcome.MISMATCH, "task 0: serial gave 1, this 2"),
    ],
    "other-python": [
        THREADS,
        FORK,
        Row("interpreters", 2, "", Outcome.MISSING, "one GIL in Python 3.11", "--python 3.14"),
        measured("serial", 1.3, 1.5, workers=1, python="3.14"),
        measured("interpreters", 2.6, 2.9, python="3.14"),
    ],
    "nothing-else": [Row("ray", 2, "", Outcome.MISSING, "No module named 'ray'")],
}
NOTES = (
    Note(NoteKind.NOISY, value=0.21),
    Note(NoteKind.SERIAL_IS_PARALLEL, value=1.87, detail="cores"),
    Note(NoteKind.SERIAL_IS_PARALLEL, value=2.0, detail="threads"),
    Note(NoteKind.TASKS_TOO_SMALL, "threads x2", 30e-6),
    Note(NoteKind.RESULTS_CACHED, "fib"),
    Note(NoteKind.RETURNED_EXCEPTION, detail="ValueError('no')"),
    Note(NoteKind.RESULTS_NOT_COMPARED, detail="they cannot be pickled: lambda"),
    Note(NoteKind.FEWER_WORKERS, "ray x4", 3),
    Note(NoteKind.GIL_SWITCHED_ON, "free-threaded x2 (3.13t)"),
    Note(NoteKind.OTHERS_UNKNOWN),
)


def comparison(rows: list[Row], *notes: Note, rounds: int = ROUNDS) -> Comparison:
    all_rows = (SERIAL, *rows)
    return Comparison(
        target="fib.py:fib",
        arguments="30",
        setup="",
        tasks=8,
        cores=2,
        python="3.11",
        rounds=rounds,
        rows=all_rows,
        decision=decide(all_rows),
        notes=notes,
    )


def check_golden(name: str, found: Comparison, width: int) -> None:
    path = GOLDEN / name
    lines = [line.plain.rstrip() for line in render(found, width)]
    assert max(map(len, lines)) <= width
    text = "".join(f"{line}\n" for line in lines)
    if os.environ.get("GILSCOPE_UPDATE_GOLDEN"):
        path.write_text(text, encoding="utf-8")
    assert text == path.read_text("utf-8"), f"{name} differs"


@pytest.mark.parametrize("name", SITUATIONS)
def test_what_is_concluded(name: str) -> None:
    check_golden(f"compare-{name}-80.txt", comparison(SITUATIONS[name]), 80)


def test_a_wide_screen_has_more_columns() -> None:
    check_golden("compare-leaders-120.txt", comparison(SITUATIONS["leaders"]), 120)


def test_every_note_is_said() -> None:
    assert {note.kind for note in NOTES} == set(NoteKind) - {NoteKind.TEXT}
    check_golden("compare-notes-80.txt", comparison([THREADS], *NOTES), 80)


def test_few_rounds_conclude_nothing() -> None:
    def few(ratio: Estimate | None) -> Estimate | None:
        return ratio and replace(ratio, count=2)

    rows = [replace(row, wall=few(row.wall), speedup=few(row.speedup)) for row in (THREADS, FORK)]
    text = sentences.decision(comparison(rows, rounds=2))
    assert text.startswith("Too few rounds to tell whether anything is 1.1 times as fast as serial")
    assert text.endswith("(--rounds 6).")


@pytest.mark.parametrize("name", SITUATIONS)
def test_the_sentence_has_no_figure_that_the_rows_have_not(name: str) -> None:
    """The conclusion follows from what is shown: each interval in it is that of a row."""
    found = comparison(SITUATIONS[name])
    shown = {sentences.interval(row.gain) for row in found.rows if row.gain}
    said = [part.partition(")")[0] for part in sentences.decision(found).split("(")[1:]]
    intervals = [part for part in said if " to " in part]
    assert set(intervals) <= shown
