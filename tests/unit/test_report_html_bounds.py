"""The page is at most 3 MB, whatever there is in a trace; and it says what it leaves out."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

import pytest

from gilscope.cli import main
from gilscope.report.html.room import ROOMS
from support.pagefigures import check_figures
from support.pagetraces import random_trace
from support.tracewriter import SAMPLER, TraceWriter, holds_array
from support.webpage import WebPage, read_page

if TYPE_CHECKING:
    from pathlib import Path

MOST_BYTES = 3_000_000
US = 1_000
# What costs most bytes for a character: as HTML, as JSON, spelled out.
COSTLY = ["'", "\x1b", "\U000e0001", "<", "\u0430"]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def long_name(number: int, length: int) -> str:
    """A name that nothing else has, of what is costly to write."""
    costly = "".join(COSTLY)
    return f"{number}-{costly * (length // len(costly))}"


def write_hostile(
    path: Path,
    *,
    functions: int = 50,
    threads: int = 4,
    length: int = 20,
    depth: int = 1,
    pid: int = 1,
    holds: int = 4000,
) -> None:
    """Threads that are all of kinds of their own, in functions with names of that length."""
    with TraceWriter(path) as out:
        out.meta(
            python="3.11.7", argv=["python", long_name(pid, length)], pid=pid, host="here",
            host_clock="one", start_unix_ns=10**18, switch_interval_ns=5 * US,
        )  # fmt: skip
        for table in (0, SAMPLER):
            for number in range(1, functions + 1):
                file = f"/app/{long_name(number, length)}.py"
                out.code(number, long_name(number, length), file, [number], table)
            paths = [(n, n - 1 if n % depth else 0, n, 0) for n in range(1, functions + 1)]
            out.paths(paths, table)
        out.sites([(n, n, 0) for n in range(1, functions + 1)])
        rows = []
        for row in range(holds):
            begin = row * 20 * US
            site = 1 + row % functions
            request = max(0, begin - 60 * US)
            rows.append((request, begin, begin + 20 * US, 1 + row % threads, site))
        out.holds(holds_array(rows))
        end = holds * 20 * US
        for each in range(1, threads + 1):
            # Letters, not numbers: else they would be one group.
            kind = "".join(chr(97 + int(digit)) for digit in str(each))
            name = f"{kind}{long_name(0, length)}"
            out.thread(each, name, 0, end, main=each == 1, ended=False)
        out.meta(end_ns=end, end_reason="exit", exit_status=0)


def page_of(folder: Path, source: str) -> WebPage:
    assert main(["report", source, "-o", "x.html", "--force"]) == 0
    assert (folder / "x.html").stat().st_size <= MOST_BYTES
    return read_page(folder / "x.html")


@pytest.mark.parametrize(
    "shape",
    [
        {"functions": 2500, "length": 3000, "holds": 5000},
        {"functions": 400, "length": 30_000, "threads": 40},
        {"threads": 2000, "length": 1000, "holds": 8000},
        {"functions": 2500, "depth": 1250, "length": 900, "holds": 5000},
        {"functions": 2000, "threads": 2000, "length": 2000, "depth": 50, "holds": 8000},
    ],
    ids=["functions", "long-names", "groups", "deep", "all"],
)
def test_names_of_any_number_and_length(folder: Path, shape: dict[str, int]) -> None:
    write_hostile(folder / "app.gil", **shape)
    page = page_of(folder, "app.gil")
    assert any("names are cut after" in each for each in page.picture["said"])
    assert "names are cut after" in page.text
    assert len(page.source.encode()) > 300_000
    # What is left is right: its sums are as recorded.
    for lane in page.picture["lanes"][:20]:
        if lane["kind"] == "thread":
            held = page.sums_s(lane)["hold"]
            turns = -(-(shape.get("holds", 4000) - lane["thread"] + 1) // shape.get("threads", 4))
            assert held == pytest.approx(turns * 20e-6, abs=page.tolerance_s(lane) + 1e-9)


def test_processes_of_any_number(folder: Path) -> None:
    (folder / "fleet").mkdir()
    for number in range(300):
        path = folder / "fleet" / f"{number}.gil"
        write_hostile(path, pid=1 + number, functions=8, length=2000, holds=24, threads=3)
    page = page_of(folder, "fleet")
    named = page.picture["processes"]
    assert all(lane["process"] < len(named) for lane in page.picture["lanes"])
    assert sum(each["focus"] for each in named) == 1
    assert any("have no lanes" in each for each in page.picture["said"])


def test_an_ordinary_page_has_all_the_room(folder: Path) -> None:
    """What must not grow does not cost ordinary reports anything."""
    random_trace(folder / "app.gil", 1, holds=60_000, threads=12)
    page = page_of(folder, "app.gil")
    assert not any("names are cut after" in each for each in page.picture["said"])
    assert page.report["left_out"] == {}
    check_figures(page)


def test_bounds_only_become_stricter() -> None:
    for more, less in itertools.pairwise(ROOMS):
        for name in more.__slots__:
            assert getattr(more, name) >= getattr(less, name)
