"""Numbers for humans: the one place where durations, shares, counts and sizes become text."""

from __future__ import annotations

import math

UNKNOWN = "?"
UNITS = (("ns", 1e-9), ("µs", 1e-6), ("ms", 1e-3))
ABSURD_S = 1e9  # some 30 years: a damaged trace, not a duration
IN_WORDS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight")


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
        digits = decimal(value_s / scale)
        if len(digits) < len("1000"):
            return f"{digits} {unit}"
    return f"{value_s:.1f} s" if value_s < 99.95 else _long(value_s)


def _long(value_s: float) -> str:
    whole_s = round(value_s)
    if whole_s < 3600:
        return f"{whole_s // 60} min {whole_s % 60:02} s"
    minutes = round(value_s / 60)
    if minutes < 48 * 60:
        return f"{minutes // 60} h {minutes % 60:02} min"
    return f"{round(value_s / 86400)} days"


def chosen_seconds(value_s: float) -> str:
    """Write a duration that somebody chose, to the last digit: `5 ms`, `0.1 ms`, `2 s`."""
    return f"{value_s:g} s" if value_s >= 1 else f"{value_s * 1e3:g} ms"


def percent(fraction: float) -> str:
    """Write `3.4 %` or `40 %`; what is not nothing does not read as 0, nor what is not all as 100.

    >>> [percent(each) for each in (0, 0.0004, 0.9951, 1)]
    ['0 %', '<0.1 %', '99.5 %', '100 %']
    """
    if math.isnan(fraction):
        return UNKNOWN
    if math.isinf(fraction) or abs(fraction) >= 100:
        return ">9999 %"
    value = 100 * fraction
    if value == 0:
        return "0 %"
    if 0 < value < 0.1:
        return "<0.1 %"
    if 99.5 <= value < 100:
        return f"{math.floor(value * 10) / 10:.1f} %"
    return f"{decimal(value)} %"


def factor(value: float) -> str:
    """Write how many times as much: `1.49`, `12`."""
    return f"{value:.2f}" if value < 9.995 else f"{value:,.0f}"


def factors(low: float, high: float) -> str:
    """Write the interval that a factor is in: `1.40 to 1.58`."""
    return f"{factor(low)} to {factor(high)}"


def decimal(value: float) -> str:
    """Write two or three digits: `3.4`, `21`, `340`."""
    return f"{value:.1f}" if value < 9.95 else f"{value:.0f}"


def whole(value: int) -> str:
    """Write every digit of a count: `1,700`."""
    return f"{value:,}"


def counted(value: int, noun: str, nouns: str = "") -> str:
    """Write `1 thread`, `1,700 threads`."""
    return f"{whole(value)} {noun if value == 1 else nouns or f'{noun}s'}"


def in_words(value: int) -> str:
    """Write a small count as a sentence has it: `no`, `two`; a large one as `12`."""
    return IN_WORDS[value] if 0 <= value < len(IN_WORDS) else whole(value)


def count(value: int) -> str:
    """Write a count in a few characters: `950`, `12.3 k`, `4.6 M`."""
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
