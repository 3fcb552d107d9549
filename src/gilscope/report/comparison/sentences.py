"""What a comparison found, in sentences: for the terminal and for JSON."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from gilscope.compare.estimates import LEAST_ROUNDS
from gilscope.compare.model import SERIAL, DecisionKind, NoteKind
from gilscope.words import numbers

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gilscope.compare.estimates import Estimate
    from gilscope.compare.model import Comparison, Note, Row

# A share of the wall time with somebody waiting for the GIL that explains threads without gain.
CONTENDED = 0.2
# No task of less is worth a word: calling it takes longer.
LEAST_TASK_S = 1e-6
MOST_NAMED = 3
MORE_ROUNDS = 25
# A task that takes this many times what sending it costs is worth sending.
ENOUGH_WORK = 20


def decision(comparison: Comparison) -> str:
    """The conclusion, with the intervals that it follows from."""
    found = comparison.decision
    parts = [_about_this_python(comparison)]
    if found.elsewhere is not None:
        name = _name(found.elsewhere)
        parts.append(
            f"{name[:1].upper()}{name[1:]} in Python {found.elsewhere.python} ran"
            f" {_gain(found.elsewhere, 'serial here')}."
        )
    if found.wrong:
        parts.append(f"Not to be used: {_list(found.wrong)} gave other results than serial.")
    if found.failed:
        parts.append(f"Not judged: {_list(found.failed)} failed.")
    return " ".join(parts)


def _about_this_python(comparison: Comparison) -> str:
    match comparison.decision.kind:
        case DecisionKind.FASTER:
            return _use(comparison)
        case DecisionKind.SERIAL:
            return _keep_serial(comparison)
        case DecisionKind.UNKNOWN:
            return _too_noisy(comparison)
        case DecisionKind.NOTHING:
            return f"Nothing but serial was measured in Python {comparison.python}."


def _use(comparison: Comparison) -> str:
    found = comparison.decision
    best, *others = found.leaders
    sentence = f"Use {_name(best)}: {_gain(best)}{_pays_from(best)}."
    if others:
        sentence += (
            f" It is the simplest of those that cannot be told apart: {_list(found.leaders)}."
        )
    if found.undecided:
        sentence += f" Too noisy to tell whether these are as fast: {_intervals(found.undecided)}."
    return sentence


def _keep_serial(comparison: Comparison) -> str:
    best = max((row for row in _here(comparison) if row.gain is not None), key=_median)
    ratio = _ratio(best)
    if ratio.high < 1:
        sentence = "Keep it serial: everything else is slower."
    else:
        threshold = comparison.decision.threshold
        sentence = f"Keep it serial: nothing is {threshold:g} times as fast."
    sentence += f" The fastest, {_name(best)}, ran {_gain(best)}"
    return sentence + _why_threads_do_not_help(comparison) + "."


def _too_noisy(comparison: Comparison) -> str:
    found = comparison.decision
    rows = sorted(found.undecided, key=_median, reverse=True)
    question = f"whether anything is {found.threshold:g} times as fast as serial"
    if comparison.rounds < LEAST_ROUNDS:
        return (
            f"Too few rounds to tell {question}: {_intervals(rows)}. An interval with 95 %"
            f" confidence needs at least {LEAST_ROUNDS} (--rounds {LEAST_ROUNDS})."
        )
    more = max(MORE_ROUNDS, 3 * comparison.rounds)
    return (
        f"Too noisy to tell {question}: {_intervals(rows)}. More rounds (--rounds {more}) or a"
        " quieter machine narrow the intervals."
    )


def _here(comparison: Comparison) -> list[Row]:
    return [row for row in comparison.rows if not row.python and row.strategy != SERIAL]


def _median(row: Row) -> float:
    return row.gain.median if row.gain else 0.0


def _name(row: Row) -> str:
    if row.strategy == SERIAL:
        return SERIAL
    many = "worker" if row.workers == 1 else "workers"
    return f"{row.strategy} with {row.workers} {many}"


def _gain(row: Row, reference: str = "serial") -> str:
    ratio = _ratio(row)
    return f"{ratio.median:.2f} times as fast as {reference} ({interval(ratio)})"


def _ratio(row: Row) -> Estimate:
    assert row.gain is not None
    return row.gain


def interval(ratio: Estimate) -> str:
    """`1.88 to 1.95`."""
    return f"{ratio.low:.2f} to {ratio.high:.2f}"


def _pays_from(row: Row) -> str:
    if row.break_even_s is None:
        return ""
    least = numbers.seconds(max(row.break_even_s, LEAST_TASK_S))
    return f", and faster for every task longer than {least}"


def _list(rows: Sequence[Row]) -> str:
    return _joined([row.short_name for row in rows])


def _intervals(rows: Sequence[Row]) -> str:
    """The first few with their intervals, the others by number."""
    named = [f"{row.short_name} ({interval(_ratio(row))})" for row in rows[:MOST_NAMED]]
    left = len(rows) - MOST_NAMED
    return _joined([*named, f"{left} more"] if left > 0 else named)


def _joined(words: Sequence[str]) -> str:
    *first, last = words
    return f"{', '.join(first)} and {last}" if first else last


def _why_threads_do_not_help(comparison: Comparison) -> str:
    if any(each.kind is NoteKind.TASKS_TOO_SMALL for each in comparison.notes):
        return ""  # what they waited for is the handing over of tasks
    for row in comparison.rows:
        gil = row.gil
        if row.strategy == "threads" and row.workers > 1 and gil is not None:
            if gil.contended_fraction < CONTENDED:
                return ""
            place = f" ({gil.culprit})" if gil.culprit else ""
            return f"; threads took turns, waiting for the GIL{place}"
    return ""


def note(found: Note, comparison: Comparison) -> str:
    """A warning, and what to do about it."""
    value = found.value if found.value is not None else math.nan
    match found.kind:
        case NoteKind.NOISY:
            return (
                f"noisy machine: even the middle half of the serial rounds spreads over"
                f" {numbers.percent(value)}; end other programs, or raise --rounds"
            )
        case NoteKind.RESULTS_NOT_COMPARED:
            return f"results were not compared: {found.detail}"
        case NoteKind.FEWER_WORKERS:
            return f"{found.subject}: only {value:.0f} workers answered"
        case NoteKind.GIL_SWITCHED_ON:
            return f"{found.subject} ran with a GIL: PYTHON_GIL or an import switched it on"
        case NoteKind.TEXT:
            return found.detail
        case _:
            return _note_about_function(found, value, comparison)


def _note_about_function(found: Note, value: float, comparison: Comparison) -> str:
    match found.kind:
        case NoteKind.SERIAL_IS_PARALLEL:
            return _parallel(value, found.detail)
        case NoteKind.TASKS_TOO_SMALL:
            return _too_small(found.subject, value, comparison)
        case NoteKind.RESULTS_CACHED:
            return (
                f"{found.subject} caches its results: all calls but the first returned at once;"
                f" `{found.subject}.__wrapped__` is the function without its cache"
            )
        case NoteKind.RETURNED_EXCEPTION:
            return f"the function returned an exception: {found.detail}; did it do its work?"
        case NoteKind.OTHERS_UNKNOWN:
            return (
                "memory is not known on this system, nor CPU time but that of the process that"
                " measures: figures of it leave workers in processes out"
            )
        case _:
            raise AssertionError(found.kind)


def _parallel(many: float, of_what: str) -> str:
    did = "kept" if of_what == "cores" else "spread its CPU time over"
    busy = " busy, with threads or processes" if of_what == "cores" else ""
    return (
        f"the serial run is not serial: it {did} {many:.1f} {of_what}{busy} of its own (such as"
        " those of NumPy's BLAS), and workers compete with these for the same cores. If they are"
        " those of BLAS or OpenMP, put `OMP_NUM_THREADS=1` before the same command, and compare the"
        " times per batch"
    )


def _too_small(cheapest: str, needed_s: float, comparison: Comparison) -> str:
    task_s = comparison.task_s
    batch = max(2, math.ceil(ENOUGH_WORK * needed_s / task_s))
    digits = len(str(batch)) - 1
    batch = math.ceil(batch / 10**digits) * 10**digits
    return (
        f"a task is too small to gain anything: it takes {numbers.seconds(task_s)}, and even the"
        f" cheapest strategy ({cheapest}) needs at least {numbers.seconds(needed_s)}. Put about"
        f" {batch:,} calls into one task, and compare that function"
    )
