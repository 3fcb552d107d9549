"""What a thread does without the GIL is told apart as far as it is known, and no further."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from gilscope.cli import main
from support.pagetraces import write_names
from support.tracewriter import SAMPLER, UNMEASURED, TraceWriter, holds_array
from support.webpage import read_page

if TYPE_CHECKING:
    from pathlib import Path

    from support.webpage import WebPage

MS = 1_000_000


def page_of(folder: Path, cpu_ms: int, *, finished: bool = True, waits_in: str = "main") -> WebPage:
    """One thread holds for 10 ms, is away for 40, 20 of them at a lock, holds for 10, is away."""
    trace = folder / "app.gil"
    with TraceWriter(trace) as out:
        out.meta(python="3.11.7", argv=["python", "app.py"], switch_interval_ns=5 * MS)
        write_names(out, (0, SAMPLER))
        out.code(20, waits_in, "/usr/lib/python3.11/threading.py", [7])
        out.paths([(20, 0, 20, 0)])
        out.sites([(1, 2, 0), (2, 20, 0)])
        out.holds(holds_array([(0, 0, 10 * MS, 1, 1), (50 * MS, 50 * MS, 60 * MS, 1, 1)]))
        out.resumes([(1, 2 * MS, UNMEASURED, 3)])
        out.locks([(9, 15 * MS, 35 * MS, 35 * MS, 1, 2, 2, 1, 0, 0, 1, 0)])
        out.thread(1, "MainThread", 0, 100 * MS, cpu_ms * MS, main=True, ended=False)
        out.thread(2, "other", 0, 100 * MS, ended=False)
        if finished:
            out.meta(end_ns=100 * MS, end_reason="exit")
    assert main(["report", str(trace), "-o", str(folder / "x.html"), "--force"]) == 0
    return read_page(folder / "x.html")


def states_of(page: WebPage) -> list[tuple[str, float, float]]:
    (lane,) = [each for each in page.picture["lanes"] if each["name"] == "MainThread"]
    return [
        (each.state, each.begin_ns / MS, each.end_ns / MS)
        for each in page.segments(lane)
        if each.end_ns > each.begin_ns
    ]


AROUND = [("hold", 0, 10), ("handover", 10, 12)]


@pytest.mark.parametrize(
    ("cpu_ms", "state"), [(20, "blocked"), (45, "off"), (20 + 58, "computing")]
)
def test_what_was_not_measured_follows_from_the_clock(
    tmp_path: Path, cpu_ms: int, state: str
) -> None:
    """Away for 58 ms in all, but for handover and the lock."""
    assert states_of(page_of(tmp_path, cpu_ms)) == [
        *AROUND,
        (state, 12, 15),
        ("lock", 15, 35),
        (state, 35, 50),
        ("hold", 50, 60),
        (state, 60, 100),
    ]


def test_a_clock_that_was_not_read_at_the_end_says_nothing(tmp_path: Path) -> None:
    states = states_of(page_of(tmp_path, 20, finished=False))
    assert ("off", 35, 50) in states


def test_who_joins_another_is_idle(tmp_path: Path) -> None:
    states = states_of(page_of(tmp_path, 20, waits_in="Thread._wait_for_tstate_lock"))
    assert ("idle", 15, 35) in states
    assert not any(state == "lock" for state, *_ in states)


def test_arrows_lead_from_who_woke(tmp_path: Path) -> None:
    page = page_of(tmp_path, 20)
    lanes = [each["name"] for each in page.picture["lanes"]]
    (at,), (of,), (to,) = (page.column(f"edge_{name}") for name in ("at", "from", "to"))
    assert (at, lanes[of], lanes[to]) == (35 * MS, "other", "MainThread")
    (lock,) = [
        each
        for lane in page.picture["lanes"]
        for each in page.segments(lane)
        if each.state == "lock"
    ]
    assert lock.culprit is not None
    assert lanes[lock.culprit] == "other"
