"""The values of options: turns typed text into numbers."""

from __future__ import annotations

import math
import re
from argparse import ArgumentTypeError
from typing import TYPE_CHECKING

from gilscope.cli.moments import Moment

if TYPE_CHECKING:
    from collections.abc import Callable

MULTIPLES = {"": 1, "k": 10**3, "m": 10**6, "g": 10**9, "t": 10**12}
BINARY_MULTIPLES = {"k": 1 << 10, "m": 1 << 20, "g": 1 << 30, "t": 1 << 40}
MOST_SAMPLE_HZ = 100_000.0
MOST = 10**9


def whole(least: int, most: int = MOST) -> Callable[[str], int]:
    """A reader of whole numbers in this range."""

    def read(text: str) -> int:
        value = int(text) if re.fullmatch("[0-9]{1,18}", text) else -1
        if not least <= value <= most:
            raise ArgumentTypeError(f"not a number from {least} to {most:,}: {text!r}")
        return value

    return read


def seconds(text: str) -> float:
    value = _decimal(text)
    if not 0 < value < math.inf:
        raise ArgumentTypeError(f"not a number of seconds: {text!r}")
    return value


def percent(text: str) -> float:
    """`10` or `10%`; 0 is allowed."""
    value = _decimal(text.removesuffix("%"))
    if not 0 <= value < math.inf:
        raise ArgumentTypeError(f"not a percentage: {text!r}")
    return value


def size_bytes(text: str) -> int:
    """`500M`, `2 GB`, `1GiB` or plain bytes."""
    match = re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*([kmgt]?)(i?)b?\s*", text, re.IGNORECASE)
    if match is None or (match[3] and not match[2]):
        raise ArgumentTypeError(f"not a size: {text!r} (for example 500M or 2GiB)")
    multiples = BINARY_MULTIPLES if match[3] else MULTIPLES
    return int(float(match[1]) * multiples[match[2].lower()])


def rate_hz(text: str) -> float:
    """Samples per second; 0 is off."""
    value = _decimal(text)
    if not 0 <= value <= MOST_SAMPLE_HZ:
        raise ArgumentTypeError(f"not a rate from 0 to {MOST_SAMPLE_HZ:,.0f}: {text!r}")
    return value


def moment(text: str) -> Moment:
    """`620` or `620s` after the start of the recording, or a time of day, `12:04:10`."""
    match = re.fullmatch(r"(\d{1,2}):(\d{2})(?::(\d{2}(?:\.\d+)?))?", text)
    if match is not None and int(match[1]) < 24 and int(match[2]) < 60:
        of_day_s = int(match[1]) * 3600 + int(match[2]) * 60 + float(match[3] or 0)
        return Moment(of_day_s, is_clock=True)
    value = _decimal(text.removesuffix("s"))
    if not 0 <= value < math.inf:
        example = "for example 620, seconds after the start, or 12:04:10"
        raise ArgumentTypeError(f"not a time: {text!r} ({example})")
    return Moment(value, is_clock=False)


def process(text: str) -> tuple[int, str | None]:
    """A pid and its host: `4711`, or `web-1:4711` where there are several hosts."""
    host, colon, pid = text.rpartition(":")
    if not re.fullmatch("[0-9]{1,10}", pid) or (colon and not host):
        raise ArgumentTypeError(f"not a process: {text!r} (for example 4711 or web-1:4711)")
    return int(pid), host or None


def _decimal(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return math.nan  # which no range includes
