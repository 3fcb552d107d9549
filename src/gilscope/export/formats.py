"""The formats of an export: which viewer each is for, and which file name asks for it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gilscope.errors import GilscopeError

if TYPE_CHECKING:
    from pathlib import PurePath


@dataclass(frozen=True, slots=True)
class Format:
    """One format. `suffixes` are the ends of file names that ask for it, the usual one first.

    `most` is how many single holds and waits a file has at most; 0 where it has none.
    """

    name: str
    suffixes: tuple[str, ...]
    viewer: str
    most: int = 0
    is_binary: bool = False


PERFETTO = Format(
    "perfetto",
    (".perfetto-trace", ".pftrace", ".perfetto-trace.gz", ".pftrace.gz"),
    "ui.perfetto.dev, trace_processor",
    500_000,
    is_binary=True,
)
CHROME = Format(
    "chrome",
    (".trace.json.gz", ".trace.json", ".json.gz"),
    "ui.perfetto.dev, chrome://tracing",
    300_000,
)
FIREFOX = Format(
    "firefox",
    (".firefox.json.gz", ".firefox.json"),
    "profiler.firefox.com",
    200_000,
)
SPEEDSCOPE = Format("speedscope", (".speedscope.json", ".speedscope.json.gz"), "www.speedscope.app")
FOLDED = Format("folded", (".folded", ".folded.gz"), "flamegraph.pl, inferno, speedscope")
PARQUET = Format("parquet", (".parquet",), "pandas, polars, DuckDB, Spark", is_binary=True)
ARROW = Format("arrow", (".arrow", ".feather"), "pandas, polars, R, Julia", is_binary=True)
MARKDOWN = Format("markdown", (".md",), "a pull request, a summary of CI")

FORMATS = (PERFETTO, CHROME, FIREFOX, SPEEDSCOPE, FOLDED, PARQUET, ARROW, MARKDOWN)
OF_TABLES = (PARQUET, ARROW)
OF_TIMELINES = (PERFETTO, CHROME, FIREFOX)
OF_STACKS = (SPEEDSCOPE, FOLDED)


def format_named(name: str) -> Format:
    """Return the format of that name.

    Raises:
        GilscopeError: there is none.
    """
    found = next((each for each in FORMATS if each.name == name), None)
    if found is None:
        known = ", ".join(each.name for each in FORMATS)
        raise GilscopeError(f"no such format: {name}", f"choose one of {known}")
    return found


def format_for(file: PurePath) -> Format:
    """Choose by the end of the name of the file that is to be written: the longest one that fits.

    Raises:
        GilscopeError: it asks for none.
    """
    name = file.name.lower()
    ends = [(end, each) for each in FORMATS for end in each.suffixes if name.endswith(end)]
    if not ends:
        known = ", ".join(each.suffixes[0] for each in FORMATS)
        raise GilscopeError(
            f"no format is known by the name {file.name}",
            f"end it in one of {known}; or name one with --format",
        )
    return max(ends, key=lambda end: len(end[0]))[1]


def is_compressed(file: PurePath) -> bool:
    """Whether the name of a file asks for gzip."""
    return file.name.lower().endswith(".gz")
