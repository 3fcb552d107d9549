"""Turns that are summed up: what the file keeps of them, and that no report changes by it."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest

import gilscope
from gilscope.analysis import analyze
from gilscope.analysis.model import Timeline
from support.summing import STANDS_ALONE, Summing
from support.tracewriter import SITE_TURNS, TraceWriter, holds_array

if TYPE_CHECKING:
    from pathlib import Path

    import numpy.typing as npt

    from gilscope.analysis.model import Analysis
    from gilscope.trace import Trace

    Singles = list[tuple[int, int, int, int, int]]  # request, acquire, release, thread, site
    Rows = npt.NDArray[np.void]

LONGEST_TURN_NS = 100_000
LENGTHS_NS = [0, 200, 900, LONGEST_TURN_NS, LONGEST_TURN_NS + 1]
SITES = 12


@pytest.fixture(scope="module")
def sum_up(tmp_path_factory: pytest.TempPathFactory) -> Summing:
    return Summing(tmp_path_factory.mktemp("summing"))


def some_holds(seed: int, count: int) -> Singles:
    """Holds of three threads: bursts of turns at a few places, long holds, and waits."""
    chance = random.Random(seed)
    time_ns, thread, places = 0, 1, [1]
    rows: Singles = []
    for _ in range(count):
        if chance.random() < 0.02:
            thread = chance.randint(1, 3)
            places = chance.choices(range(1, SITES), k=chance.choice([1, 2, 12]))
        time_ns += chance.choice([0, 40, 3_000])
        request_ns = time_ns
        if chance.random() < 0.01 and rows:
            request_ns = chance.randint(rows[-1][1], rows[-1][2])
        held_ns = chance.choices(LENGTHS_NS, [10, 40, 40, 5, 1])[0]
        rows.append((request_ns, time_ns, time_ns + held_ns, thread, chance.choice(places)))
        time_ns += held_ns
    return rows


def recorded(rows: Singles) -> Rows:
    """As a recorder writes them: those that waited, or were waited for, stand alone."""
    holds = holds_array(rows)
    waited = holds["f0"] < holds["f1"]
    alone = waited.copy()
    alone[:-1] |= waited[1:]
    holds["f3"] |= np.where(alone, np.uint32(STANDS_ALONE), np.uint32(0))
    return holds


@pytest.mark.parametrize("seed", range(20))
def test_sums_and_extremes_are_exact(sum_up: Summing, seed: int) -> None:
    holds = recorded(some_holds(seed, 4096))
    rows, turns = sum_up(holds, first_hold=1000, first_row=50)
    assert len(turns) > 20
    assert turns["f0"].tolist() == (np.flatnonzero(rows["f4"] == SITE_TURNS) + 50).tolist()
    assert (rows["f2"][:-1] <= rows["f1"][1:]).all()
    explained = dict(zip(turns["f0"].tolist(), turns.tolist(), strict=True))
    at = row = 0
    while row < len(rows):
        if rows[row]["f4"] != SITE_TURNS:
            expected = holds[at].copy()
            expected["f3"] &= ~np.uint32(STANDS_ALONE)
            assert rows[row] == expected
            at, row = at + 1, row + 1
            continue
        group = []
        count = 0
        while row < len(rows) and rows[row]["f4"] == SITE_TURNS:
            group.append(explained[row + 50])
            count += group[-1][3]
            row += 1
            places = Counter({each[4]: each[3] for each in group})
            is_whole = places == Counter(holds["f4"][at : at + count].tolist())
            is_whole &= group[-1][4] == holds["f4"][at + count - 1]
            is_whole &= rows["f2"][row - 1] == holds["f2"][at + count - 1]
            following = holds["f1"][at + count : at + count + 1]
            if is_whole and (rows["f1"][row : row + 1] == following).all():
                break  # the next row of turns is another run
        check_run(holds[at : at + count], rows[row - len(group) : row], group, 1000 + at)
        at += count
    assert at == len(holds)


def check_run(holds: Rows, rows: Rows, group: list[tuple[int, ...]], first: int) -> None:
    """A run of turns against its holds, one by one."""
    assert len(set(holds["f3"].tolist())) == 1
    assert not (holds["f3"] & np.uint32(STANDS_ALONE)).any()
    held = (holds["f2"] - holds["f1"]).astype(np.int64)
    off = np.concatenate([(holds["f1"][1:] - holds["f2"][:-1]).astype(np.int64), [0]])
    assert held.max() <= LONGEST_TURN_NS
    assert rows[0]["f1"] == holds[0]["f1"]
    assert rows[-1]["f2"] == holds[-1]["f2"]
    assert group[-1][4] == holds[-1]["f4"], "the place where the last of them ended comes last"
    for row, (_, hold_row, held_ns, count, site, longest_hold, longest_off) in zip(
        rows, group, strict=True
    ):
        mine = holds["f4"] == site
        assert hold_row == first
        first += count
        assert count == mine.sum()
        assert held_ns == held[mine].sum()
        assert longest_hold == held[mine].max()
        assert longest_off == off[mine].max()
        assert int(row["f2"]) - int(row["f1"]) == held_ns + off[mine].sum()


def write(path: Path, holds: Singles, sum_up: Summing | None, batch: int) -> None:
    end_ns = holds[-1][2]
    waits = [i for i, row in enumerate(holds) if row[0] < row[1]]
    with TraceWriter(path, version=3, smallest_extent=1 << 12) as out:
        out.meta(end_ns=end_ns, end_reason="exit", switch_interval_ns=5_000_000)
        out.code(1, "work", "app.py", list(range(1, SITES + 1)))
        out.paths([(site + 1, 0, 1, 2 * site) for site in range(SITES)])
        out.sites([(site, site + 1, 0) for site in range(1, SITES)])
        for thread in (1, 2, 3):
            out.thread(thread, f"t{thread}", 0, end_ns, main=thread == 1)
        written = 0
        for first in range(0, len(holds), batch):
            rows = recorded(holds)[first : first + batch]
            if sum_up is not None:
                rows, turns = sum_up(rows, first, written)
                out.turns(turns.tolist())
            rows["f3"] &= ~np.uint32(STANDS_ALONE)
            out.holds(rows.copy())
            written += len(rows)
        out.resumes([(row, 0, 2**64 - 1, 1 + row % SITES) for row in waits])
        out.gil(0, 0)


def facts(analysis: Analysis) -> object:
    """All that a report says of times and counts, but for what was drawn into a timeline."""
    threads = [
        replace(
            row,
            timeline=Timeline((), (), (), ()),
            blocked=tuple(replace(each, longest_s=0.0) for each in row.blocked),
        )
        for row in analysis.threads
    ]
    blame = [(row.line, round(row.caused_wait_s, 9)) for row in analysis.blame]
    return threads, blame, analysis.gil, analysis.victims, analysis.verdict


@pytest.mark.parametrize("seed", range(4))
def test_a_report_is_that_of_single_holds(tmp_path: Path, sum_up: Summing, seed: int) -> None:
    holds = some_holds(seed, 20_000)
    write(tmp_path / "single.gil", holds, None, 4096)
    write(tmp_path / "summed.gil", holds, sum_up, 777)
    with (
        gilscope.load(tmp_path / "single.gil") as single,
        gilscope.load(tmp_path / "summed.gil") as summed,
    ):
        assert summed.hold_count() < single.hold_count() / 2
        expected = facts(analyze(single))
        assert facts(analyze(summed)) == expected
        assert facts(analyze(summed, block_rows=100)) == expected
        assert not summed.warnings


def numbers(trace: Trace, max_rows: int, *, backward: bool = False) -> list[int]:
    blocks = list(trace.hold_blocks(max_rows=max_rows, backward=backward))
    return [
        each for block in (blocks[::-1] if backward else blocks) for each in block.index.tolist()
    ]


def test_holds_are_numbered_as_before(tmp_path: Path, sum_up: Summing) -> None:
    """Resumes say which hold they belong to by its number among all."""
    holds = some_holds(7, 9_000)
    write(tmp_path / "a.gil", holds, sum_up, 1000)
    with gilscope.load(tmp_path / "a.gil") as trace:
        whole = numbers(trace, 1 << 20)
        assert numbers(trace, 64) == numbers(trace, 64, backward=True) == whole
        (block,) = trace.hold_blocks()
        assert (np.diff(block.index) == block.count[:-1]).all()
        assert int(block.index[-1] + block.count[-1]) == len(holds)
        waits = [i for i, row in enumerate(holds) if row[0] < row[1]]
        assert block.index[block.request_ns < block.acquire_ns].tolist() == waits


def test_turns_that_are_not_explained_are_left_out(tmp_path: Path, sum_up: Summing) -> None:
    """They look like one long hold. Nothing is said of them rather than that."""
    holds = some_holds(3, 4_000)
    path = tmp_path / "a.gil"
    write(path, holds, sum_up, 1000)
    data = bytearray(path.read_bytes())
    at = data.index(b"CHNK" + bytes([13, 0]))
    data[at + 4] = 12  # taken back
    path.write_bytes(data)
    with gilscope.load(path) as trace:
        (block,) = trace.hold_blocks()
        assert any("damaged and were left out" in text for text in trace.warnings)
        assert int(block.held_ns.sum()) < sum(row[2] - row[1] for row in holds)
        assert int(block.longest_ns.max()) <= LONGEST_TURN_NS + 1
        assert int(block.index[-1] + block.count[-1]) == len(holds)
