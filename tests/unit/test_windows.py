"""Windows of a run: what is cut out of a trace, and which of them are bad enough to be judged."""

from __future__ import annotations

import random
from collections import defaultdict
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

import gilscope
from gilscope.analysis import analyze, analyze_program
from gilscope.analysis.model import VerdictKind
from gilscope.analysis.windows import RestKind, Whole, Window, judge_rest
from gilscope.report.gil.windows import rest, when
from gilscope.trace import cut, cut_all
from support import analyses
from support.tracewriter import TraceWriter, holds_array

if TYPE_CHECKING:
    from pathlib import Path

Hold = tuple[int, int, int, int, int]  # request, acquire, release, thread, site
MS = 1_000_000
SECOND = 1_000_000_000


def write(
    path: Path, holds: list[Hold], end_ns: int, threads: int = 3, cpu_share: float = 0.1
) -> None:
    with TraceWriter(path, version=3, smallest_extent=1 << 12) as out:
        out.meta(
            end_ns=end_ns,
            end_reason="exit",
            switch_interval_ns=5 * MS,
            start_unix_ns=1_700_000_000 * SECOND,
            start_monotonic_ns=50 * SECOND,
        )
        out.code(1, "work", "app.py", [1, 2, 3])
        out.paths([(1, 0, 1, 0), (2, 0, 1, 2), (3, 0, 1, 4)])
        out.sites([(1, 1, 0), (2, 2, 0), (3, 3, 0)])
        for thread in range(1, threads + 1):
            out.thread(
                thread, f"t{thread}", 0, end_ns, cpu_ns=round(end_ns * cpu_share), main=thread == 1
            )
        out.holds(holds_array(holds))
        out.gil(0, 0)


def any_holds(seed: int, count: int) -> list[Hold]:
    chance = random.Random(seed)
    holds: list[Hold] = []
    last: dict[int, int] = defaultdict(int)
    now = 0
    for _ in range(count):
        thread = chance.randint(1, 3)
        now += chance.choice([0, 5, 40])
        request = chance.randint(last[thread], now) if chance.random() < 0.5 else now
        release = now + chance.choice([0, 3, 20, 150])
        holds.append((request, now, release, thread, chance.randint(1, 3)))
        last[thread] = now = release
    return holds


def overlap(begin: int, end: int, since: int, until: int) -> int:
    return max(0, min(end, until) - max(begin, since))


@pytest.mark.parametrize("seed", range(12))
def test_what_is_cut_out_is_what_happened_then(tmp_path: Path, seed: int) -> None:
    holds = any_holds(seed, 400)
    end = holds[-1][2] + 100
    write(tmp_path / "a.gil", holds, end)
    chance = random.Random(seed)
    with gilscope.load(tmp_path / "a.gil") as trace:
        for _ in range(5):
            since, until = sorted((chance.randint(0, end), chance.randint(0, end)))
            part = cut(trace, since, until)
            found = analyze(part, block_rows=64)
            assert part.end_ns == until - since
            rows = {row.thread: row for row in found.threads}
            moments: set[int] = set()
            for thread in (1, 2, 3):
                mine = [each for each in holds if each[3] == thread]
                held = sum(overlap(each[1], each[2], since, until) for each in mine)
                waited = sum(overlap(each[0], each[1], since, until) for each in mine)
                if until > since:
                    assert round(rows[thread].hold_s * 1e9) == held
                    assert round(rows[thread].wait_s * 1e9) == waited
                for request, acquire, *_ in mine:
                    moments.update(range(max(request, since), min(acquire, until)))
            expected = len(moments) / max(1, until - since)
            assert found.gil.contended_fraction == pytest.approx(expected, abs=1e-12)


def turns(first_ns: int, last_ns: int, threads: int = 3, each_ns: int = 5 * MS) -> list[Hold]:
    """Threads that take turns without a pause: all but one wait at any moment."""
    holds: list[Hold] = []
    free = dict.fromkeys(range(1, threads + 1), first_ns)
    now = first_ns
    while now < last_ns:
        thread = min(free, key=free.__getitem__)
        holds.append((free[thread], now, now + each_ns, thread, 1))
        now = free[thread] = now + each_ns
    return holds


def idle(first_ns: int, last_ns: int) -> list[Hold]:
    """A main thread that does something once a second."""
    return [(at, at, at + MS, 1, 2) for at in range(first_ns, last_ns, SECOND)]


def an_hour(tmp_path: Path, *bad: tuple[int, int], cpu_share: float = 0.1) -> Path:
    holds: list[Hold] = []
    now = 0
    for first, last in bad:
        holds += idle(now * SECOND, first * SECOND) + turns(first * SECOND, last * SECOND)
        now = last + 1
    holds += idle(now * SECOND, 3600 * SECOND)
    path = tmp_path / "hour.gil"
    write(path, holds, 3600 * SECOND, cpu_share=cpu_share)
    return path


def test_ten_bad_seconds_of_an_hour_are_judged(tmp_path: Path) -> None:
    with gilscope.load(an_hour(tmp_path, (620, 630))) as trace:
        whole = analyze(trace)
        found = analyze_program(trace).analysis
    assert whole.verdict.kind is VerdictKind.UNCONTENDED
    assert found.verdict.kind is VerdictKind.CPU_BOUND
    assert found.window is not None
    assert found.window.from_s == pytest.approx(620, abs=1)
    assert found.window.to_s == pytest.approx(630, abs=1)
    assert found.gil.contended_fraction > 0.85
    assert found.whole is not None
    assert found.whole.wall_s == 3600
    assert found.whole.rest is not None
    assert found.whole.rest.contended_fraction == pytest.approx(0, abs=1e-3)
    assert found.whole.rest.held_fraction == pytest.approx(1e-3, abs=1e-4)
    assert "of 1 h 00 min" in when(found)
    assert "in the rest of the run the GIL was held <0.1 % of the time" in rest(found)


@pytest.mark.parametrize(
    ("cpu_share", "kind", "words"),
    [
        (0.001, RestKind.IDLE, "Idle otherwise: "),
        (0.03, RestKind.UNCONTENDED, "Not contended otherwise: "),
        (0.1, RestKind.COMPUTING, "Otherwise it computed without contention: "),
    ],
)
def test_how_the_rest_was(tmp_path: Path, cpu_share: float, kind: RestKind, words: str) -> None:
    """Each of three threads has used a CPU evenly, the window's share of it in the window."""
    with gilscope.load(an_hour(tmp_path, (620, 630), cpu_share=cpu_share)) as trace:
        found = analyze_program(trace).analysis
    assert found.whole is not None
    assert found.whole.rest is not None
    assert found.whole.rest.kind is kind
    assert found.whole.rest.cpu_s == pytest.approx(3 * cpu_share * 3590, rel=0.01)
    assert rest(found).startswith(words)


@pytest.mark.parametrize(
    ("waited_s", "held_s", "cpu_s", "threads_cpu_s", "kind"),
    [
        (5, 0, 0, 0, RestKind.CONTENDED),
        (4.9, 5, 5, 5, RestKind.IDLE),
        (0, 5.1, 0, 0, RestKind.UNCONTENDED),  # held without computing
        (0, 0, 5.1, 0, RestKind.UNCONTENDED),  # somebody used a CPU, perhaps before
        (0, 0, 30, 20, RestKind.COMPUTING),
        (-1, -1, -1, -1, RestKind.IDLE),
    ],
)
def test_what_a_rest_of_100_seconds_is_called(
    waited_s: float, held_s: float, cpu_s: float, threads_cpu_s: float, kind: RestKind
) -> None:
    found = judge_rest(
        100, waited_s=waited_s, held_s=held_s, cpu_s=cpu_s, threads_cpu_s=threads_cpu_s
    )
    assert found.kind is kind
    assert min(found.contended_fraction, found.held_fraction, found.cpu_s) >= 0


def test_of_several_bad_times_the_worst_is_judged_and_others_are_named(tmp_path: Path) -> None:
    with gilscope.load(an_hour(tmp_path, (100, 104), (1000, 1012), (3000, 3006))) as trace:
        found = analyze_program(trace).analysis
    assert found.window is not None
    assert found.window.from_s == pytest.approx(1000, abs=1)
    begins = [round(each.from_s, -1) for each in found.windows]
    assert begins == [1000, 3000, 100]
    assert "most of it from" in rest(found)
    assert rest(found).endswith(", and 1 more window.")


def test_a_run_that_is_bad_all_along_is_judged_as_a_whole(tmp_path: Path) -> None:
    path = tmp_path / "a.gil"
    write(path, turns(0, 20 * SECOND), 20 * SECOND)
    with gilscope.load(path) as trace:
        found = analyze_program(trace).analysis
    assert (found.window, found.windows) == (None, ())
    assert found.verdict.kind is VerdictKind.CPU_BOUND
    assert (when(found), rest(found)) == ("", "")


@pytest.mark.parametrize("times", [(float("nan"), 9.0), (9.0, float("nan")), (1.0, 1e300)])
def test_no_time_of_day_is_made_of_what_is_none(times: tuple[float, float]) -> None:
    whole = Whole(1e9, 1e4, "complete", was_chosen=False)
    found = replace(analyses.cpu_bound(), window=Window(*times, 0.5), whole=whole)
    assert when(found).startswith(f"From {times[0]:.1f} s to ")


@pytest.mark.parametrize("bad_s", [0.1, 0.4])
def test_a_moment_is_no_window(tmp_path: Path, bad_s: float) -> None:
    """Somebody who waited for less than half a second in all remembers nothing."""
    path = tmp_path / "a.gil"
    first = 10 * SECOND
    holds = [*idle(0, first), *turns(first, first + round(bad_s * SECOND))]
    write(path, holds + idle(first + SECOND, 20 * SECOND), 20 * SECOND)
    with gilscope.load(path) as trace:
        found = analyze_program(trace).analysis
    assert found.window is None
    assert found.verdict.kind is VerdictKind.UNCONTENDED


def test_a_window_that_a_reader_chose(tmp_path: Path) -> None:
    with gilscope.load(an_hour(tmp_path, (620, 630))) as trace:
        calm = analyze_program(cut_all(trace, 700 * SECOND, 800 * SECOND)).analysis
        bad = analyze_program(cut_all(trace, 622 * SECOND, 628 * SECOND)).analysis
    assert calm.verdict.kind is VerdictKind.UNCONTENDED
    assert bad.verdict.kind is VerdictKind.CPU_BOUND
    assert bad.window is not None
    assert (bad.window.from_s, bad.window.to_s) == (622, 628)
    assert "as you chose" in when(bad)
    assert rest(bad) == ""
    assert bad.run.wall_s == 6
