"""Who makes whom wait: by thread, by group, and what is too small, without losing any of it."""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gilscope.picture.matrix import MOST_CELLS, MOST_NAMES, Matrix, matrix

if TYPE_CHECKING:
    from gilscope.trace import Trace

Pairs = dict[tuple[int, int], float]


def made_of(pairs: Pairs, names: dict[int, str]) -> Matrix:
    threads = {number: SimpleNamespace(name=name) for number, name in names.items()}
    return matrix(cast("Trace", SimpleNamespace(threads=threads)), pairs)


def total_s(found: Matrix) -> float:
    return sum(cell[2] for cell in found.cells) + found.folded_s


def test_threads_of_one_name_are_two_rows() -> None:
    found = made_of({(1, 2): 3e9, (2, 1): 1e9}, {1: "work", 2: "work"})
    assert [each.thread for each in found.members] == [1, 2]
    assert [each.name for each in found.members] == ["work", "work"]
    assert found.cells == ((0, 1, 3.0), (1, 0, 1.0))


def test_many_threads_are_groups_and_others() -> None:
    names = {n: f"worker-{n}" for n in range(300)} | {300: "main"}
    pairs = {(n, 300): 1e6 for n in range(300)} | {(300, 0): 5e9}
    found = made_of(pairs, names)
    shown = {(each.name, each.threads): at for at, each in enumerate(found.members)}
    assert set(shown) == {("main", 1), ("worker-#", 300)}
    main, workers = shown["main", 1], shown["worker-#", 300]
    cells = {(culprit, victim): wait_s for culprit, victim, wait_s in found.cells}
    assert cells == pytest.approx({(main, workers): 5.0, (workers, main): 0.3})
    apart = made_of(pairs, {n: "x" * (n + 1) for n in names})
    assert len(apart.members) == MOST_NAMES + 1
    assert apart.members[-1].name is None
    assert apart.members[-1].threads == 301 - MOST_NAMES
    assert total_s(apart) == pytest.approx(5.3)


def test_small_cells_are_one_sum() -> None:
    pairs = {(a, b): 1e9 + 1e6 * a for a in range(80) for b in range(80)}
    found = made_of(pairs, {})
    assert len(found.cells) == MOST_CELLS
    assert total_s(found) == pytest.approx(sum(pairs.values()) / 1e9)
    assert min(cell[2] for cell in found.cells) >= found.folded_s / (6400 - MOST_CELLS)


@given(
    st.dictionaries(
        st.tuples(st.integers(0, 250), st.integers(0, 250)), st.floats(0, 1e12), max_size=300
    )
)
def test_nothing_is_lost(pairs: Pairs) -> None:
    found = made_of(pairs, {n: f"pool-{n % 3}-{n}" for n in range(200)})
    assert total_s(found) == pytest.approx(sum(pairs.values()) / 1e9, rel=1e-9, abs=1e-9)
    assert all(max(culprit, victim) < len(found.members) for culprit, victim, _ in found.cells)
