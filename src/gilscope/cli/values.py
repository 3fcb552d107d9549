"""The values of options: text that a human typed, made numbers."""

from __future__ import annotations

import math
import re
from argparse import ArgumentTypeError

MULTIPLES = {"": 1, "k": 10**3, "m": 10**6, "g": 10**9, "t": 10**12}
BINARY_MULTIPLES = {"k": 1 << 10, "m": 1 << 20, "g": 1 << 30, "t": 1 << 40}
MOST_SAMPLE_HZ = 100_000.0


def size_bytes(text: str) -> int:
    """`500M`, `2 GB`, `1GiB` or plain bytes."""
    match = re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*([kmgt]?)(i?)b?\s*", text, re.IGNORECASE)
    if match is None or (match[3] and not match[2]):
        raise ArgumentTypeError(f"not a size: {text!r} (for example 500M or 2GiB)")
    multiples = BINARY_MULTIPLES if match[3] else MULTIPLES
    return int(float(match[1]) * multiples[match[2].lower()])


def rate_hz(text: str) -> float:
    """Samples per second; 0 is off."""
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not 0 <= value <= MOST_SAMPLE_HZ:
        raise ArgumentTypeError(f"not a rate from 0 to {MOST_SAMPLE_HZ:,.0f}: {text!r}")
    return value
