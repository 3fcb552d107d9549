"""What a thread pays for running without the GIL: how much slower Python code is there."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from gilscope.predict.programs import HOLD, STALL, Rules, wall_ns

if TYPE_CHECKING:
    from gilscope.predict.programs import Programs

# From the documentation of free-threaded builds: 40 % in 3.13, 5 to 10 % in 3.14.
DOCUMENTED = {(3, 13): 1.4, (3, 14): 1.1}
# Threads that change the same objects' reference counts all the time, measured with 3.13t: see
# docs/explanation/how-predict-works.md.
CONTENDED = 1.9


@dataclass(frozen=True, slots=True)
class Price:
    """How many times as long Python code takes in one thread without the GIL: `low` to `high`.

    `likely`: on average; None where it was not measured. `beside`: at the most, if threads change
    the same objects. `python`: the interpreter that it is of, such as `3.13t`; `against`: what that
    was compared with. `measured_unix_s`: when; 0: assumed, from what is documented.
    """

    low: float
    likely: float | None
    high: float
    beside: float
    python: str
    against: str = ""
    measured_unix_s: float = 0.0

    @property
    def is_measured(self) -> bool:
        return self.measured_unix_s > 0


def assumed(recorded_with: str) -> Price:
    """Return what is documented of the version that a program was recorded with, or the next."""
    found = re.match(r"(\d+)\.(\d+)", recorded_with)
    version = (int(found[1]), int(found[2])) if found else min(DOCUMENTED)
    version = min(max(version, min(DOCUMENTED)), max(DOCUMENTED))
    python = ".".join(map(str, version))
    return Price(1.0, None, DOCUMENTED[version], CONTENDED, python)


@dataclass(frozen=True, slots=True)
class Took:
    """What a run without the GIL takes, replayed, at the least, at the most; `priced_ns` with the
    likely price (None: not measured). In ns.
    """

    wall_ns: int
    low_ns: int
    high_ns: int
    priced_ns: int | None = None


def priced(took: Took, price: Price, programs: Programs, cores: int | None, with_ns: int) -> Took:
    """Return it with the price in its limits.

    `programs` is what was replayed on so many cores, without a price; `with_ns` what the replay
    with the GIL takes.
    """
    tail_ns = took.wall_ns - _at(1.0, programs, cores)
    held = min(1.0, programs.sum_ns(HOLD, STALL) / max(1, with_ns))
    # At the most all of it is done one after another, and slower; or threads are slowed down by
    # each other, and so not one after another.
    slower = price.high if price.likely is None else price.likely
    serial_ns = round(took.high_ns * (1 + max(0.0, slower - 1) * held))
    slowest_ns = tail_ns + _at(max(price.high, price.beside), programs, cores)
    quicker_ns = tail_ns + _at(price.low, programs, cores) - took.wall_ns if price.low < 1 else 0
    likely = price.likely
    return Took(
        took.wall_ns,
        max(0, took.low_ns + quicker_ns),
        max(serial_ns, slowest_ns),
        None if likely is None else tail_ns + _at(likely, programs, cores),
    )


def _at(factor: float, programs: Programs, cores: int | None) -> int:
    """0 where threads would wait for ever."""
    return wall_ns(_slower(programs, factor), Rules(gil=False, cores=cores)) or 0


def _slower(programs: Programs, factor: float) -> Programs:
    holds = np.isin(programs.kind, (HOLD, STALL))
    value = np.where(holds, programs.value * factor, programs.value)
    return replace(programs, value=np.rint(value).astype(np.int64))
