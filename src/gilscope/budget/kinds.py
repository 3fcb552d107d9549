"""What figures are: seconds, shares, bytes, numbers, texts, truths; and the units of limits."""

from __future__ import annotations

from enum import StrEnum


class Kind(StrEnum):
    """What a value is, and what it may be compared with."""

    SECONDS = "seconds"
    SHARE = "share"  # from 0 to 1
    BYTES = "bytes"
    NUMBER = "number"  # a count, an id, a rate: without a unit
    TEXT = "text"
    TRUTH = "truth"


AMOUNTS = frozenset({Kind.SECONDS, Kind.SHARE, Kind.BYTES, Kind.NUMBER})
# Each unit: what it is of, and how many of the JSON report's own unit it is.
UNITS = {
    "%": (Kind.SHARE, 0.01),
    "ns": (Kind.SECONDS, 1e-9),
    "us": (Kind.SECONDS, 1e-6),
    "µs": (Kind.SECONDS, 1e-6),
    "ms": (Kind.SECONDS, 1e-3),
    "s": (Kind.SECONDS, 1.0),
    "min": (Kind.SECONDS, 60.0),
    "h": (Kind.SECONDS, 3600.0),
    "B": (Kind.BYTES, 1.0),
    "kB": (Kind.BYTES, 1e3),
    "MB": (Kind.BYTES, 1e6),
    "GB": (Kind.BYTES, 1e9),
    "KiB": (Kind.BYTES, 2.0**10),
    "MiB": (Kind.BYTES, 2.0**20),
    "GiB": (Kind.BYTES, 2.0**30),
}
EXAMPLES = {Kind.SECONDS: "100ms", Kind.SHARE: "10%", Kind.BYTES: "5MB", Kind.NUMBER: "3"}
CALLED = {
    Kind.SECONDS: "in seconds",
    Kind.SHARE: "a share",
    Kind.BYTES: "in bytes",
    Kind.NUMBER: "a number without a unit",
    Kind.TEXT: "a text",
    Kind.TRUTH: "true or false",
}


def words(text: str) -> frozenset[str]:
    """Return the words of a text, as a set of names."""
    return frozenset(text.split())
