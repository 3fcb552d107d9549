"""Numbers for humans: durations, percentages, counts and sizes in a few characters."""

from __future__ import annotations

import math

UNKNOWN = "?"
UNITS = (("ns", 1e-9), ("µs", 1e-6), ("ms", 1e-3))
ABSURD_S = 1e9  # some 30 years: a damaged trace, not a duration


def seconds(value_s: float) -> str:
    """Write `21 ms`, `8.9 s`, `12 min 05 s`: at most three digits that matter."""
    if math.isnan(value_s):
        return UNKNOWN
    if value_s < 0:
        return "-" + seconds(-value_s)
    if value_s == 0:
        return "0 s"
    if value_s >= ABSURD_S:
        return f"{value_s:.0e} s"
    for unit, scale in UNITS:
        digits = _two_or_three_digits(value_s / scale)
        if float(digits) < 1000:
            return f"{digits} {unit}"
    return f"{value_s:.1f} s" if value_s < 99.95 else _long(value_s)


def _two_or_three_digits(value: float) -> str:
    return f"{value:.1f}" if value < 9.95 else f"{value:.0f}"


def _long(value_s: float) -> str:
    whole_s = round(value_s)
    if whole_s < 3600:
        return f"{whole_s // 60} min {whole_s % 60:02} s"
    minutes = round(value_s / 60)
    if minutes < 48 * 60:
        return f"{minutes // 60} h {minutes % 60:02} min"
    return f"{round(value_s / 86400)} days"


def percent(fraction: float) -> str:
    """Write `40 %`; what is not nothing does not read as 0, nor what is not all as 100."""
    if math.isnan(fraction):
        return UNKNOWN
    if math.isinf(fraction) or abs(fraction) >= 100:
        return ">9999 %"
    value = 100 * fraction
    if 0 < value < 0.5:
        return "<1 %"
    if 99.5 <= value < 100:
        return ">99 %"
    return f"{value:.0f} %"


def count(value: int) -> str:
    """Write `950`, `12.3 k`, `4.56 M`."""
    return _scaled(value, ("", " k", " M", " G", " T"))


def size(value_bytes: int) -> str:
    """Write `1.2 MB`."""
    return _scaled(value_bytes, (" bytes", " kB", " MB", " GB", " TB"))


def _scaled(value: int, units: tuple[str, ...]) -> str:
    if abs(value) < 1000:
        return f"{value}{units[0]}"
    scaled = value / 1000 if abs(value) < 10**300 else math.inf
    for unit in units[1:]:
        if abs(scaled) < 999.5:
            return (f"{scaled:.1f}" if abs(scaled) < 99.95 else f"{scaled:.0f}") + unit
        scaled /= 1000
    return f"{scaled * 1000:.0e}" + units[-1]
