"""Numbers as the texts of experiments write them."""

from __future__ import annotations

import math

UNITS = (("s", 1.0), ("ms", 1e-3), ("µs", 1e-6), ("ns", 1e-9))
SMALL = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight")


def seconds(value_s: float) -> str:
    """Write `21 ms` or `1.3 s`: two or three digits that matter."""
    if value_s == 0:
        return "0 s"
    for unit, scale in UNITS:
        value = value_s / scale
        if value >= 0.9995:
            return f"{value:.1f} {unit}" if value < 9.95 else f"{value:.0f} {unit}"
    return "under 1 ns"


def interval(value_s: float) -> str:
    """Write an interval that was chosen, such as `0.1 ms` or `20 ms`."""
    return f"{value_s * 1e3:g} ms"


def times(factor: float) -> str:
    return f"{factor:.2f}" if factor < 9.995 else f"{factor:,.0f}"


def percent(fraction: float) -> str:
    """What is not nothing does not read as 0, nor what is not all as 100."""
    if fraction == 0:
        return "0 %"
    if fraction < 0.001:
        return "under 0.1 %"
    if 0.99 < fraction < 1:
        return f"{math.floor(fraction * 1000) / 10:.1f} %"
    return f"{fraction * 100:.1f} %" if fraction < 0.0995 else f"{fraction * 100:.0f} %"


def count(number: int) -> str:
    return SMALL[number] if number < len(SMALL) else str(number)
