"""What experiments are made of: rows of cells from holds, and bytecode."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gilscope.lab.kit.tracks import rows_of_cells
from gilscope.lab.race import bytecode
from gilscope.lab.race import program as race

if TYPE_CHECKING:
    from collections.abc import Callable

HOLD = np.dtype(
    [
        ("request_ns", "u8"),
        ("acquire_ns", "u8"),
        ("release_ns", "u8"),
        ("thread", "u4"),
        ("site", "u4"),
    ]
)


def holds(*rows: tuple[int, int, int, int]) -> np.ndarray[tuple[int], np.dtype[np.void]]:
    return np.array([(*row, 0) for row in rows], HOLD)


def test_threads_that_take_turns() -> None:
    turns = holds((0, 0, 50, 1), (0, 50, 100, 2), (50, 100, 150, 1), (100, 150, 200, 2))
    assert rows_of_cells(turns, [1, 2], 0, 200, 8) == ["##..##  ", "..##..##"]


def test_a_window_cuts_what_began_before_and_ends_after_it() -> None:
    assert rows_of_cells(holds((0, 100, 300, 1)), [1], 50, 250, 4) == [".###"]


def test_a_cell_shows_what_the_thread_did_most() -> None:
    seen = holds((0, 10, 40, 1), (40, 40, 50, 2))
    assert rows_of_cells(seen, [1, 2], 0, 100, 2) == ["# ", "  "]
    assert rows_of_cells(seen, [1, 2], 0, 100, 1) == [" ", " "]


def test_threads_that_never_held_it() -> None:
    assert rows_of_cells(holds(), [7], 0, 10, 3) == ["   "]
    assert rows_of_cells(holds(), [], 0, 10, 3) == []


SPANS = st.lists(
    st.tuples(st.integers(1, 4), st.integers(0, 30), st.integers(0, 50), st.integers(0, 50)),
    max_size=40,
)


@given(SPANS, st.integers(1, 30))
def test_nobody_holds_it_beside_another(spans: list[tuple[int, int, int, int]], cells: int) -> None:
    """For any order of holds of one GIL, no column has two holders."""
    rows, released_ns = [], {0: 0}
    now_ns = 0
    for thread, gap_ns, hold_ns, wait_ns in spans:
        acquire_ns = now_ns + gap_ns
        now_ns = acquire_ns + hold_ns
        request_ns = max(acquire_ns - wait_ns, released_ns.get(thread, 0))
        rows.append((request_ns, acquire_ns, now_ns, thread))
        released_ns[thread] = now_ns
    shown = rows_of_cells(holds(*rows), [1, 2, 3, 4], 0, now_ns + 1, cells)
    assert all(len(row) == cells for row in shown)
    assert all(column.count("#") <= 1 for column in map("".join, zip(*shown, strict=True)))


def test_a_switch_cannot_fall_into_an_update_without_a_call() -> None:
    assert bytecode.switches_between(race.add, "counter") == 0
    assert bytecode.switches_between(race.add_with_call, "counter") >= 1


def test_the_update_is_read_and_written() -> None:
    update = bytecode.update(race.add, "counter")
    assert update[0] == "LOAD_GLOBAL"
    assert update[-1] == "STORE_GLOBAL"


def test_the_listing_marks_the_jump_back_and_the_call() -> None:
    listing = bytecode.listing(race.add_with_call, "heading", "counter")
    marked = [listing.lines[number].split()[0] for number in sorted(listing.marked)]
    assert marked[0].startswith("CALL")
    assert marked[-1].startswith("JUMP_BACKWARD")


@pytest.mark.parametrize("function", [race.add, race.add_with_call])
def test_the_listing_knows_where_an_update_begins_and_ends(function: Callable[..., object]) -> None:
    listing = bytecode.listing(function, "heading", "counter")
    assert listing.between is not None
    first, last = listing.between
    inside = [line.split()[0] for line in listing.lines[first : last + 1]]
    assert inside == bytecode.update(function, "counter")
    assert bytecode.listing(function, "heading", "another").between is None
