"""From the samples of a contender to its row: medians, intervals, ratios within rounds."""

from __future__ import annotations

from statistics import median
from typing import TYPE_CHECKING

from gilscope.compare import break_even
from gilscope.compare.estimates import estimate
from gilscope.compare.gilcost import gil_cost
from gilscope.compare.model import SERIAL, Outcome, Row

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gilscope.compare.estimates import Estimate
    from gilscope.compare.loop import Samples


def make_row(samples: Samples, own_serial: Samples, serial: Samples, tasks: int) -> Row:
    """`own_serial` is the serial run in the same Python, `serial` that in the default one.

    The speedup of a round is the serial run's time over this one's in the same round: a machine
    that is slow for a while is slow for both.
    """
    contender = samples.contender
    python = "" if contender.is_default else contender.python.tag
    outcome, reason = samples.outcome, samples.reason
    if samples.alive and not own_serial.alive:
        outcome, reason = own_serial.outcome, f"its serial run failed: {own_serial.reason}"
    if outcome is not Outcome.MEASURED:
        return Row(contender.strategy, contender.workers, python, outcome, reason, samples.add)
    wall = estimate([wall / 1e9 for wall in samples.wall_ns])
    startup_s = samples.startup_ns / 1e9
    speedup = against_default = estimate(_ratios(own_serial.wall_ns, samples.wall_ns))
    if not contender.is_default:
        against_default = estimate(_ratios(serial.wall_ns, samples.wall_ns))
    workers = 1 if samples.gathers else contender.workers or samples.arrived
    return Row(
        strategy=contender.strategy,
        workers=workers,
        python=python,
        outcome=outcome,
        wall=wall,
        speedup=speedup,
        against_default=against_default,
        efficiency=speedup.median / max(1, workers),
        significant=contender.strategy != SERIAL and speedup.excludes(1.0),
        startup_s=startup_s,
        overhead_s=median(samples.idle_ns) / 1e9 / tasks,
        cpu_s=median(samples.cpu_ns) / 1e9,
        peak_bytes=samples.peak_bytes,
        bytes_in=samples.bytes_in,
        bytes_out=samples.bytes_out,
        throughput_per_s=tasks / wall.median,
        break_even_s=_break_even(samples, own_serial, wall, tasks, 0.0),
        cold_break_even_s=_break_even(samples, own_serial, wall, tasks, startup_s),
        gil=gil_cost(samples.trace) if samples.trace else None,
    )


def _break_even(
    samples: Samples, serial: Samples, wall: Estimate, tasks: int, startup_s: float
) -> float | None:
    """On the safe side: with the upper end of what the batch may take."""
    if samples.contender.strategy == SERIAL:
        return None
    return break_even.task_s(
        serial_s=median(serial.wall_ns) / 1e9,
        wall_s=wall.high,
        idle_s=median(samples.idle_ns) / 1e9,
        tasks=tasks,
        at_once=tasks if samples.gathers else max(1, samples.arrived),
        startup_s=startup_s,
    )


def _ratios(serial_ns: Sequence[float], wall_ns: Sequence[float]) -> list[float]:
    return [one / other for one, other in zip(serial_ns, wall_ns, strict=True)]
