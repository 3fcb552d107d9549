"""The decision in one sentence, and why."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gilscope.compare.plan import SERIAL, STRATEGIES
from gilscope.words.numbers import seconds

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gilscope.compare.model import Row

# A gain below this is not worth another way of running a program.
WORTH_IT = 1.1
# A share of the wall time with somebody waiting for the GIL that explains threads without gain.
CONTENDED = 0.2
# No task of less is worth a word: calling it takes longer.
LEAST_TASK_S = 1e-6


def recommend(rows: Sequence[Row]) -> str:
    """Recommend the simplest strategy that is about as fast as the fastest one."""
    best = _choose([row for row in rows if not row.python])
    elsewhere = _choose([row for row in rows if row.python])
    if best is None:
        sentence = f"Keep it serial: no strategy was {WORTH_IT:g} times faster"
        sentence += _why_threads_do_not_help(rows) + "."
    else:
        sentence = f"Use {_name(best)}: {_gain(best)}{_from(best)}."
    if elsewhere is not None and (best is None or _faster(elsewhere, best)):
        assert elsewhere.against_default is not None
        sentence += (
            f" {_name(elsewhere)[:1].upper()}{_name(elsewhere)[1:]} in Python {elsewhere.python}"
            f" ran {elsewhere.against_default.median:.2f} times as fast as serial here."
        )
    return sentence


def _choose(rows: Sequence[Row]) -> Row | None:
    """The first in the order of STRATEGIES whose interval reaches that of the fastest."""
    worth = [row for row in rows if _is_gain(row) and _speed(row) >= WORTH_IT]
    if not worth:
        return None
    fastest = max(worth, key=_speed)
    assert fastest.against_default is not None
    least = fastest.against_default.low
    near = [row for row in worth if row.against_default and row.against_default.high >= least]
    return min(near, key=lambda row: (STRATEGIES.index(row.strategy), row.workers))


def _is_gain(row: Row) -> bool:
    """Beyond doubt faster than serial: in the same Python, or as serial in another one."""
    ratio = row.against_default if row.strategy == SERIAL else row.speedup
    return ratio is not None and ratio.low > 1


def _speed(row: Row) -> float:
    return row.against_default.median if row.against_default else 0.0


def _faster(one: Row, other: Row) -> bool:
    assert one.against_default is not None
    assert other.against_default is not None
    return one.against_default.low > other.against_default.high


def _name(row: Row) -> str:
    if row.strategy == SERIAL:
        return SERIAL
    many = "worker" if row.workers == 1 else "workers"
    return f"{row.strategy} with {row.workers} {many}"


def _gain(row: Row) -> str:
    assert row.against_default is not None
    ratio = row.against_default
    return f"{ratio.median:.2f} times as fast as serial ({ratio.low:.2f} to {ratio.high:.2f})"


def _from(row: Row) -> str:
    if row.break_even_s is None:
        return ""
    return f", and faster for every task longer than {seconds(max(row.break_even_s, LEAST_TASK_S))}"


def _why_threads_do_not_help(rows: Sequence[Row]) -> str:
    for row in rows:
        gil = row.gil
        if row.strategy == "threads" and row.workers > 1 and gil is not None:
            if gil.contended_fraction < CONTENDED:
                return ""
            place = f" ({gil.culprit})" if gil.culprit else ""
            return f"; threads took turns, waiting for the GIL{place}"
    return ""
