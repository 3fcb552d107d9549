"""Lines are blamed for their true share of the waiting that they caused, whatever the holds."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from gilscope.analysis import analyze
from gilscope.analysis.model import Analysis, LineSource
from gilscope.trace import load
from support.tracewriter import SAMPLER, TraceWriter, holds_array

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

US, MS = 1_000, 1_000_000
SHARES = {"a": 0.7, "b": 0.2, "c": 0.1}
PATHS = {"a": 1, "b": 2, "c": 3, "blocking": 4}
INTERVAL_NS = 5 * MS

Hold = tuple[int, int, int, int, int]
Sample = tuple[int, int, int, int, int, int]


def write(path: Path, holds: list[Hold], samples: list[Sample], sites: dict[int, int]) -> None:
    end = max(hold[2] for hold in holds)
    with TraceWriter(path) as out:
        out.meta(switch_interval_ns=INTERVAL_NS, sample_hz=1000.0)
        for table in (0, SAMPLER):
            for name, number in PATHS.items():
                out.code(number, name, f"/home/me/{name}.py", [number], table)
                out.paths([(number, 0, number, 0)], table)
        out.sites([(site, path, 0) for site, path in sites.items()])
        out.holds(holds_array(holds))
        out.samples(samples)
        for thread in sorted({hold[3] for hold in holds}):
            out.thread(thread, f"t{thread}", 0, end, ended=False)
        out.meta(end_ns=end)


def shares(analysis: Analysis) -> dict[str, float]:
    return {row.line.function: row.fraction for row in analysis.blame}


def run_of_holds(
    length_ns: Callable[[np.random.Generator], int],
    count: int,
    order: str,
    *,
    late_waiters: bool = False,
    hz: float = 1000.0,
) -> tuple[list[Hold], list[Sample], dict[str, float]]:
    """Thread 1 runs a, b, c inside every hold; threads 2 to 5 wait for it; samples fall evenly.

    Also returns the true blame of each function.
    """
    random = np.random.default_rng(7)
    holds: list[Hold] = []
    samples: list[Sample] = []
    truth = dict.fromkeys(SHARES, 0.0)
    now, due = 1000, 1000.0
    released = dict.fromkeys(range(2, 6), 0)
    for _ in range(count):
        length = length_ns(random)
        acquire, release = now, now + length
        holds.append((acquire, acquire, release, 1, 1))
        # Each waiter comes at some moment of the hold and then has its turn, very briefly.
        asks = {
            thread: acquire + int(length * (0.6 + 0.4 * random.random() if late_waiters else 0))
            for thread in released
        }
        cut = acquire
        for name in order:
            end = min(release, cut + round(length * SHARES[name]))
            truth[name] += sum(max(0, end - max(cut, ask)) for ask in asks.values())
            while due < end:
                waiting = sum(ask < due for ask in asks.values())
                if due >= cut and waiting:
                    samples.append((int(due), acquire, 1, PATHS[name], 0, waiting))
                due += 1e9 / hz * (0.8 + 0.4 * random.random())
            cut = end
        now = release
        for thread, ask in asks.items():
            holds.append((max(ask, released[thread]), now + 200, now + 300, thread, 2))
            now = released[thread] = now + 300
    total = sum(truth.values())
    return holds, samples, {name: much / total for name, much in truth.items()}


def analysed(path: Path, holds: list[Hold], samples: list[Sample]) -> Analysis:
    write(path, holds, samples, {1: PATHS["blocking"], 2: PATHS["blocking"]})
    with load(path) as trace:
        return analyze(trace)


@pytest.mark.parametrize("order", ["abc", "cab"])
@pytest.mark.parametrize("late_waiters", [False, True])
@pytest.mark.parametrize(
    ("length_us", "count"), [(300, 12000), (1000, 5000), (3000, 1500), (5300, 800), (40000, 150)]
)
def test_composition_of_holds(
    tmp_path: Path,
    length_us: int,
    count: int,
    order: str,
    late_waiters: bool,  # noqa: FBT001
) -> None:
    holds, samples, truth = run_of_holds(
        lambda _: length_us * US, count, order, late_waiters=late_waiters
    )
    found = shares(analysed(tmp_path / "t.gil", holds, samples))
    for name, share in truth.items():
        assert found.get(name, 0) == pytest.approx(share, abs=0.03), (found, truth)


def test_composition_of_holds_of_mixed_length(tmp_path: Path) -> None:
    holds, samples, truth = run_of_holds(
        lambda random: int(10 ** random.uniform(4.5, 7.3)), 3000, "abc", late_waiters=True
    )
    found = shares(analysed(tmp_path / "t.gil", holds, samples))
    for name, share in truth.items():
        assert found.get(name, 0) == pytest.approx(share, abs=0.03)


def test_all_waiting_in_holds_is_blamed_on_somebody(tmp_path: Path) -> None:
    holds, samples, _ = run_of_holds(lambda _: 2 * MS, 200, "abc")
    analysis = analysed(tmp_path / "t.gil", holds, samples)
    without = analysed(tmp_path / "u.gil", holds, [])
    total = sum(row.caused_wait_s for row in analysis.blame)
    assert total == pytest.approx(sum(row.caused_wait_s for row in without.blame))
    assert total <= analysis.gil.wait_s
    assert sum(row.wait_s for row in analysis.pairs) == pytest.approx(total)


def test_without_samples_the_release_is_named(tmp_path: Path) -> None:
    holds, _, _ = run_of_holds(lambda _: 2 * MS, 20, "abc")
    analysis = analysed(tmp_path / "t.gil", holds, [])
    assert [row.line.function for row in analysis.blame] == ["blocking"]
    assert analysis.blame[0].line_source is LineSource.RELEASE


def test_a_hold_with_many_samples_is_divided_by_its_own(tmp_path: Path) -> None:
    """One long hold in `c` among many short ones in `a` that end at the same site."""
    holds: list[Hold] = []
    samples: list[Sample] = []
    now = 0
    for number in range(200):
        length = 100 * MS if number == 77 else MS
        path = PATHS["c" if number == 77 else "a"]
        holds.append((now, now, now + length, 1, 1))
        samples += [(at, now, 1, path, 0, 1) for at in range(now + MS // 2, now + length, MS)]
        holds.append((now, now + length, now + length + 10, 2, 2))
        now += length + 10
    found = {row.line.function: row for row in analysed(tmp_path / "t.gil", holds, samples).blame}
    assert found["c"].caused_wait_s == pytest.approx(0.1)
    assert found["a"].caused_wait_s == pytest.approx(0.199)
    assert found["c"].line_source is LineSource.SAMPLED
    assert found["c"].longest_stall_s == pytest.approx(0.095)


def test_a_site_without_samples_borrows_from_its_line(tmp_path: Path) -> None:
    holds: list[Hold] = []
    samples: list[Sample] = []
    now = 0
    for number in range(60):
        site = 1 if number % 2 else 3  # the same line, reached on different paths
        holds.append((now, now, now + MS, 1, site))
        if site == 1:
            samples.append((now + MS // 2, now, 1, PATHS["b"], 0, 1))
        holds.append((now, now + MS, now + MS + 10, 2, 2))
        now += MS + 10
    path = tmp_path / "t.gil"
    write(path, holds, samples, {1: 4, 2: 4, 3: 4})
    with load(path) as trace:
        analysis = analyze(trace)
    assert shares(analysis)["b"] == pytest.approx(1, abs=0.001)


def test_samples_of_nothing_are_ignored(tmp_path: Path) -> None:
    """Of other threads, of no hold, long after one, with unknown paths: none may count."""
    holds: list[Hold] = [(0, 0, MS, 1, 1), (0, MS, MS + 10, 2, 2)]
    samples: list[Sample] = [
        (MS // 2, 0, 9, 1, 0, 1),
        (MS // 2, 5, 1, 1, 0, 1),
        (MS // 2, 0, 1, 999, 0, 1),
        (MS // 2, 0, 1, 0, 0, 1),
        (MS // 2, 0, 1, 1, 7, 1),
        (900 * MS, 0, 1, 1, 0, 1),
    ]
    analysis = analysed(tmp_path / "t.gil", holds, samples)
    assert [row.line.function for row in analysis.blame] == ["blocking"]


def test_a_library_is_named_by_the_line_that_called_it(tmp_path: Path) -> None:
    path = tmp_path / "t.gil"
    library = "/usr/lib/python3.11/json/decoder.py"
    with TraceWriter(path) as out:
        for table in (0, SAMPLER):
            out.code(1, "load", "/home/me/app.py", [5], table)
            out.code(2, "raw_decode", library, [353], table)
            out.paths([(1, 0, 1, 0), (2, 1, 2, 0)], table)
        out.sites([(1, 2, 0)])
        out.holds(holds_array([(0, 0, 50 * MS, 1, 1), (0, 50 * MS, 51 * MS, 2, 1)]))
        out.samples([(at * MS, 0, 1, 2, 0, 1) for at in range(1, 50)])
        out.meta(end_ns=51 * MS)
    with load(path) as trace:
        analysis = analyze(trace)
    assert (analysis.blame[0].line.function, analysis.blame[0].line.line) == ("load", 5)
    assert analysis.blame[0].inside is not None
    assert (analysis.blame[0].inside.file, analysis.blame[0].inside.line) == (library, 353)
    assert analysis.stalls[0].inside == analysis.blame[0].inside
    assert analysis.victims[0].inside is None  # it waited where nothing is known
