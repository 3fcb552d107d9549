"""Which calls an event loop waits for, and where."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from gilscope.predict.dealing import dealt
from gilscope.predict.programs import Rules, wall_ns
from gilscope.predict.rebuild import rebuild
from gilscope.trace import load
from support.tracewriter import TraceWriter, holds_array

if TYPE_CHECKING:
    from pathlib import Path

MS = 1_000_000
LOOP, A, B = 1, 2, 3
TELLS, HEARS, SELECTS, WORKS = 1, 2, 3, 4  # sites
Hold = tuple[int, int, int, int, int]


def free_ms(path: Path, holds: list[Hold]) -> float:
    """What it takes without the GIL; of holds: request, acquire and release in ms, thread, site."""
    with TraceWriter(path) as writer:
        writer.meta(end_ns=1000 * MS, locks_recorded=True)
        events = "/lib/python3.13/asyncio/selector_events.py"
        writer.code(TELLS, "BaseSelectorEventLoop._write_to_self", events, [1])
        writer.code(HEARS, "BaseSelectorEventLoop._read_from_self", events, [1])
        writer.code(SELECTS, "EpollSelector.select", "/lib/python3.13/selectors.py", [1])
        writer.code(WORKS, "work", "app.py", [1])
        writer.paths([(each, 0, each, 0) for each in (TELLS, HEARS, SELECTS, WORKS)])
        writer.sites([(each, each, 0) for each in (TELLS, HEARS, SELECTS, WORKS)])
        for thread in (LOOP, A, B):
            writer.thread(thread, f"t{thread}", 0, 1000 * MS)
        writer.holds(holds_array([(*(ms * MS for ms in row[:3]), *row[3:]) for row in holds]))
    trace = load(path)
    lives = rebuild(trace)
    anew = dealt(trace, lives)
    took_ns = wall_ns(lives.programs if anew is None else anew, Rules(gil=False))
    assert took_ns is not None
    return took_ns / MS


BEGINS = [(0, 0, 1, LOOP, SELECTS)]
ENDS = [(44, 44, 54, LOOP, WORKS)]
HEARD = [(21, 41, 42, LOOP, HEARS), (42, 42, 43, LOOP, HEARS), (43, 43, 44, LOOP, SELECTS)]


@pytest.mark.parametrize("first", [A, B])
def test_a_loop_waits_for_all_calls_that_it_dealt_with(tmp_path: Path, first: int) -> None:
    """One takes 10 ms and one 20: whichever was first with the GIL."""
    at = {A: (1, 11) if first == A else (21, 31), B: (11, 31) if first == A else (1, 21)}
    calls = [(begin, begin, end, thread, TELLS) for thread, (begin, end) in at.items()]
    assert free_ms(tmp_path / "x.gil", sorted(BEGINS + calls + HEARD + ENDS)) == 33


def test_a_loop_that_was_busy_would_have_waited(tmp_path: Path) -> None:
    """It had 10 ms to do before it asked, and the call came meanwhile: without the GIL, later."""
    holds = [
        (0, 0, 5, LOOP, WORKS),
        (0, 5, 35, A, TELLS),
        (5, 35, 40, LOOP, SELECTS),
        (40, 40, 41, LOOP, HEARS),
        (41, 41, 42, LOOP, HEARS),
        (42, 42, 52, LOOP, WORKS),
    ]
    assert free_ms(tmp_path / "x.gil", holds) == 30 + 12


def test_what_comes_next_is_done_next(tmp_path: Path) -> None:
    """Two turns of 10 ms after one call each; the second call would have come first."""
    holds = [
        (0, 0, 1, LOOP, SELECTS),
        (0, 1, 41, A, TELLS),
        (41, 41, 42, LOOP, HEARS),
        (42, 42, 52, LOOP, SELECTS),
        (0, 52, 62, B, TELLS),
        (62, 62, 63, LOOP, HEARS),
        (63, 63, 73, LOOP, WORKS),
    ]
    assert free_ms(tmp_path / "x.gil", holds) == 40 + 11
