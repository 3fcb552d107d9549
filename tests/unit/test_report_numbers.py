"""Numbers as the report writes them."""

from __future__ import annotations

import math
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gilscope.words import numbers


@pytest.mark.parametrize(
    ("value_s", "expected"),
    [
        (0.0, "0 s"),
        (2.5e-9, "2.5 ns"),
        (80e-9, "80 ns"),
        (999.6e-9, "1.0 µs"),
        (12.4e-6, "12 µs"),
        (0.0051, "5.1 ms"),
        (0.0213, "21 ms"),
        (0.9994, "999 ms"),
        (0.9996, "1.0 s"),
        (8.94, "8.9 s"),
        (59.96, "60.0 s"),
        (99.94, "99.9 s"),
        (99.96, "1 min 40 s"),
        (725.2, "12 min 05 s"),
        (3599.6, "1 h 00 min"),
        (3 * 3600 + 65, "3 h 01 min"),
        (40 * 86400, "40 days"),
        (-0.5, "-500 ms"),
        (math.nan, "?"),
        (math.inf, "inf s"),
        (1e300, "1e+300 s"),
    ],
)
def test_seconds(value_s: float, expected: str) -> None:
    assert numbers.seconds(value_s) == expected


@given(st.floats(1e-9, 1e8))
def test_seconds_read_back(value_s: float) -> None:
    scale = {"ns": 1e-9, "µs": 1e-6, "ms": 1e-3, "s": 1, "min": 60, "h": 3600, "days": 86400}
    text = numbers.seconds(value_s)
    parts = re.findall(r"([\d.]+) (\S+)", text)
    read = sum(float(number) * scale[unit] for number, unit in parts)
    assert read == pytest.approx(value_s, rel=0.06 if value_s < 86400 else 0.3)
    assert len(text) <= 11


@pytest.mark.parametrize(
    ("fraction", "expected"),
    [
        (0.0, "0 %"),
        (0.0005, "<0.1 %"),
        (0.001, "0.1 %"),
        (0.0344, "3.4 %"),
        (0.0996, "10 %"),
        (0.396, "40 %"),
        (0.9949, "99 %"),
        (0.9951, "99.5 %"),
        (0.9999, "99.9 %"),
        (1.0, "100 %"),
        (3.4, "340 %"),
        (1e300, ">9999 %"),
        (math.nan, "?"),
    ],
)
def test_percent(fraction: float, expected: str) -> None:
    assert numbers.percent(fraction) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [(0, "0"), (999, "999"), (1000, "1.0 k"), (99_960, "100 k"), (999_600, "1.0 M"), (-5, "-5")],
)
def test_count(value: int, expected: str) -> None:
    assert numbers.count(value) == expected


def test_counts_in_sentences() -> None:
    assert [numbers.in_words(value) for value in (0, 2, 9, 1234)] == ["no", "two", "9", "1,234"]
    assert numbers.counted(1, "thread") == "1 thread"
    assert numbers.counted(1700, "thread") == "1,700 threads"
    assert numbers.counted(2, "switch", "switches") == "2 switches"


def test_factors() -> None:
    assert [numbers.factor(value) for value in (0.5, 1.488, 9.996, 1234.4)] == [
        "0.50",
        "1.49",
        "10",
        "1,234",
    ]
    assert numbers.factors(1.4, 15.8) == "1.40 to 16"


def test_what_was_chosen_is_not_rounded() -> None:
    values_s = (0.0001, 0.005, 0.0125, 2.0)
    assert [numbers.chosen_seconds(value) for value in values_s] == [
        "0.1 ms",
        "5 ms",
        "12.5 ms",
        "2 s",
    ]


def test_size() -> None:
    assert numbers.size(311) == "311 bytes"
    assert numbers.size(1_234_567) == "1.2 MB"
    assert numbers.size(3_800_000_000) == "3.8 GB"
