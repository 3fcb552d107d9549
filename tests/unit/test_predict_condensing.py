"""Long recordings are replayed with fewer holds: what that keeps, and how close the rest is."""

from __future__ import annotations

import itertools
import random
from typing import TYPE_CHECKING

import numpy as np
import pytest

from gilscope import _replay
from gilscope.predict import Size, predict
from gilscope.predict.condensing import condensed
from gilscope.predict.helps import as_it_was
from gilscope.predict.programs import AWAIT, BLOCK, HOLD, POST, Programs, Rules, schedule, wall_ns
from gilscope.predict.rebuild import rebuild
from gilscope.predict.recorded import every_hold
from gilscope.predict.shares import Shares
from gilscope.report.prediction import sentences
from gilscope.trace import LockResult, load
from support.tracewriter import SAMPLER, TraceWriter, holds_array

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from gilscope.predict.recorded import Recorded
    from gilscope.trace import Trace

US = 1_000
HANDOVER_NS = 500
WAITS, WORKS, OTHER = 1, 2, 3  # sites
MUTEX = 0x1000


def condense_to(trace: Trace, rows: int) -> Recorded:
    return condensed(trace, 0, rows, lambda _: None)


def record(path: Path, programs: Programs, seed: int = 0) -> Trace:
    """Write what a replay of some programs with the GIL does, as if it had been recorded."""
    done = schedule(programs, Rules(gil=True, handover_ns=HANDOVER_NS))
    kind, thread = programs.kind, done.thread + 1
    end_ns = int(done.end_ns.max()) + 1
    holds = np.flatnonzero(kind == HOLD)
    release = done.end_ns[holds]
    site = np.random.default_rng(seed).integers(WORKS, OTHER + 1, len(holds))
    columns = (done.begin_ns[holds], release - programs.value[holds], release, thread[holds], site)
    rows = sorted(zip(*(each.tolist() for each in columns), strict=True), key=lambda row: row[1])
    posts = {int(programs.value[step]): step for step in np.flatnonzero(kind == POST).tolist()}
    locks = []
    for step in np.flatnonzero(kind == AWAIT).tolist():
        post = posts[int(programs.value[step])]
        begin, wake = int(done.begin_ns[step]), int(done.end_ns[step])
        if wake > begin:
            woken = (begin, wake, wake, int(thread[step]), WAITS, int(thread[post]))
            locks.append((MUTEX, *woken, 0, int(thread[post]), 0, int(LockResult.GOT), 0))
    samples = [(row[1] + 1, row[1], row[3], row[4] - 1, 0, 1) for row in rows[::7]]
    with TraceWriter(path) as out:
        out.meta(end_ns=end_ns, locks_recorded=True, gil_enabled=True, cpu_count=2)
        for table in (0, SAMPLER):
            out.code(1, "work", "app.py", [1, 2, 3], table)
            out.paths([(1, 0, 1, 0), (2, 0, 1, 2)], table)
        out.sites([(WAITS, 1, 0), (WORKS, 1, 0), (OTHER, 2, 0)])
        for number in range(1, len(programs) + 1):
            out.thread(number, f"t{number}", 0, end_ns, main=number == 1)
        out.holds(holds_array(rows))
        out.locks(sorted(locks, key=lambda row: row[1]))
        out.samples(samples)
    return load(path)


def some_programs(seed: int, threads: int = 4, holds: int = 1_500, share: float = 0.01) -> Programs:
    """Threads that work and rest at random, and now and then wait for another one's post."""
    dice, first, steps, events = random.Random(seed), [0], [], 0
    lives: list[list[tuple[int, int]]] = [[] for _ in range(threads)]
    for _ in range(holds):
        for life in lives:
            life.append((BLOCK, 100 + round(dice.expovariate(1 / (8 * US)))))
            life.append((HOLD, 100 + round(dice.expovariate(1 / (3 * US)))))
        if dice.random() < share:
            poster, waiter = dice.sample(lives, 2)
            poster[-1:-1] = [(POST, events)]  # in the midst: before it holds
            waiter.append((AWAIT, events))
            events += 1
    for life in lives:
        steps += life
        first.append(len(steps))
    kind, value = np.array(steps, np.int64).T
    turn = np.zeros(len(kind), np.uint32)
    return Programs(np.array(first, np.int64), kind.astype(np.uint8), value, turn, events)


@pytest.mark.parametrize("seed", range(6))
def test_without_the_gil_and_with_a_core_for_each_it_is_exact(tmp_path: Path, seed: int) -> None:
    trace = record(tmp_path / "x.gil", some_programs(seed, share=0.02 * (seed % 3)), seed)
    every, fewer = every_hold(trace, 0), condense_to(trace, 1_000)
    assert len(fewer.holds) < len(every.holds) / 3
    free = Rules(gil=False)
    all_ns = wall_ns(rebuild(trace, recorded=every).programs, free)
    assert wall_ns(rebuild(trace, recorded=fewer).programs, free) == pytest.approx(all_ns, abs=10)


@pytest.mark.parametrize("seed", range(3))
def test_nothing_is_lost(tmp_path: Path, seed: int) -> None:
    trace = record(tmp_path / "x.gil", some_programs(seed), seed)
    every, fewer = every_hold(trace, 0), condense_to(trace, 1_000)
    for thread in trace.threads:
        of_every, of_fewer = every.holds.thread == thread, fewer.holds.thread == thread
        for name in ("held_ns", "count"):
            all_of = getattr(every.holds, name)[of_every].sum()
            assert getattr(fewer.holds, name)[of_fewer].sum() == all_of
        waits = (each.holds.acquire_ns - each.holds.request_ns for each in (every, fewer))
        all_ns, left_ns = next(waits)[of_every].sum(), next(waits)[of_fewer].sum()
        assert left_ns + fewer.waited_ns[of_fewer].sum() == all_ns
    assert fewer.count == len(every.holds)
    assert (np.diff(fewer.holds.acquire_ns) >= 0).all()
    programs = [rebuild(trace, recorded=each).programs for each in (every, fewer)]
    for kind in (HOLD, BLOCK):
        assert programs[1].sum_ns(kind) == programs[0].sum_ns(kind)
    assert (programs[1].kind == AWAIT).sum() == (programs[0].kind == AWAIT).sum()


@pytest.mark.parametrize("seed", range(3))
def test_with_the_gil_or_fewer_cores_it_is_close(tmp_path: Path, seed: int) -> None:
    trace = record(tmp_path / "x.gil", some_programs(seed, threads=3 + 4 * seed), seed)
    lives = [
        rebuild(trace, recorded=each) for each in (every_hold(trace, 0), condense_to(trace, 2_000))
    ]
    for rules in (as_it_was(trace, lives[0]), Rules(gil=False, cores=2)):
        all_ns, fewer_ns = (wall_ns(each.programs, rules) for each in lives)
        assert fewer_ns == pytest.approx(all_ns, rel=0.05)


def test_threads_of_different_rates_wait_as_they_did(tmp_path: Path) -> None:
    """Each has about as many holds merged: else those of the quick ones would wait too rarely."""
    dice, steps, first = random.Random(1), [], [0]
    for number in range(1, 7):
        for _ in range(12_000 // number):
            steps.append((BLOCK, 100 + round(dice.expovariate(1 / (4 * US * number)))))
            steps.append((HOLD, 100 + round(dice.expovariate(1 / (US * number)))))
        first.append(len(steps))
    kind, value = np.array(steps, np.int64).T
    turn = np.zeros(len(kind), np.uint32)
    programs = Programs(np.array(first, np.int64), kind.astype(np.uint8), value, turn, 0)
    trace = record(tmp_path / "x.gil", programs)
    lives = rebuild(trace, recorded=condense_to(trace, 4_000))
    replayed_ns = wall_ns(lives.programs, as_it_was(trace, lives))
    assert replayed_ns == pytest.approx(lives.end_ns, rel=0.05)


def test_lines_have_the_same_shares(tmp_path: Path) -> None:
    trace = record(tmp_path / "x.gil", some_programs(1))
    every, fewer = every_hold(trace, 0), condense_to(trace, 1_000)
    took = []
    for each in (every, fewer):
        shares = Shares(trace, each)
        parts = {line: shares.of(line) for line in shares.costliest(2, 0.0)}
        held = each.holds.held_ns
        took.append({line: float((part.likely * held).sum()) for line, part in parts.items()})
    assert took[1].keys() == took[0].keys()
    for line, ns in took[0].items():
        assert took[1][line] == pytest.approx(ns, rel=0.05)


def test_long_holds_stay_what_they_are(tmp_path: Path) -> None:
    """One that did not let go for longer than the switch interval is a stall in the replay."""
    ms = 1_000 * US
    rows, at = [], 0
    for turn in range(3_000):
        long = turn % 1_000 == 500
        end = at + (20 * ms if long else 2 * US)
        rows.append((min(max(0, at - 3 * US), at), at, end, 1 + turn % 2, WORKS))
        at = end + US
    with TraceWriter(tmp_path / "x.gil") as out:
        out.meta(end_ns=at, locks_recorded=True, switch_interval_ns=5 * ms)
        out.code(1, "work", "app.py", [1])
        out.paths([(1, 0, 1, 0)])
        out.sites([(WORKS, 1, 0)])
        for number in (1, 2):
            out.thread(number, f"t{number}", 0, at, main=number == 1)
        out.holds(holds_array(_with_waits(rows, ms)))
    with load(tmp_path / "x.gil") as trace:
        every, fewer = every_hold(trace, 0), condense_to(trace, 300)
        assert len(fewer.holds) < len(every.holds) / 2
        stalled = [each.holds.acquire_ns[each.stalls].tolist() for each in (every, fewer)]
        assert len(stalled[0]) == 3
        assert stalled[1] == stalled[0]


def _with_waits(rows: Sequence[tuple[int, ...]], ms: int) -> list[tuple[int, ...]]:
    """Let whoever comes after a long hold have waited for all of it."""
    found: list[tuple[int, ...]] = [rows[0]]
    for before, (request, acquire, *rest) in itertools.pairwise(rows):
        waited = before[1] if before[2] - before[1] > ms else request
        found.append((waited, acquire, *rest))
    return found


def test_a_long_recording_is_predicted_and_says_how(tmp_path: Path) -> None:
    trace = record(tmp_path / "x.gil", some_programs(2))
    told: list[float] = []
    every = predict(trace)
    fewer = predict(trace, Size(1_000, 1_000), told.append)
    assert fewer.withheld is None
    assert (every.is_condensed, fewer.is_condensed) == (False, True)
    assert fewer.holds == every.holds == every.replayed_holds == 6_000
    assert fewer.replayed_holds < 1_500
    assert fewer.rows[-1].wall_ns == pytest.approx(every.rows[-1].wall_ns, rel=1e-6)
    assert told == sorted(told)
    assert told[-1] == pytest.approx(1.0, abs=0.2)


def test_two_that_take_turns_still_do_where_their_waits_are_too_many(tmp_path: Path) -> None:
    """With the GIL they wait for who has it, and not for that and the lock, one after the other."""
    steps, first = [], [0]
    for number in range(2):
        for each in range(4_000):
            mine, its = 2 * each + number, 2 * each + number - 1
            steps += [(AWAIT, its)] if its >= 0 else []
            steps += [(HOLD, 20 * US), (POST, mine), (HOLD, 2 * US)]
        first.append(len(steps))
    kind, value = np.array(steps, np.int64).T
    turn = np.zeros(len(kind), np.uint32)
    programs = Programs(np.array(first, np.int64), kind.astype(np.uint8), value, turn, 8_000)
    trace = record(tmp_path / "x.gil", programs)
    prediction = predict(trace, Size(1_000, 1_000))
    assert prediction.left_out_waits > 5_000
    assert prediction.withheld is None
    assert "waits for locks took what they took" in sentences.error_of(prediction)
    without, of_all = prediction.rows[-1], predict(trace).rows[-1]
    assert without.low_ns <= of_all.wall_ns <= without.high_ns
    assert without.wall_ns == pytest.approx(of_all.wall_ns, rel=0.2)


def test_arrays_that_do_not_fit_are_refused() -> None:
    def numbers(*values: int) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
        return np.array(values, np.int64)

    def taken(thread: int, request: int = 0) -> None:
        each = (numbers(request), numbers(1), numbers(2), numbers(thread))
        by_thread = (np.full(3, -1), np.full(3, -1), np.full(3, -1))
        _replay.survey(*each, *by_thread, np.zeros(64, np.int64), np.zeros((3, 5)), numbers(0, -1))

    taken(2)
    for thread, request in ((3, 0), (-1, 0), (1, 2)):
        with pytest.raises(ValueError, match="do not fit"):
            taken(thread, request)
    with pytest.raises(TypeError, match="arrays are needed"):
        _replay.survey(numbers(0))  # type: ignore[call-arg]
