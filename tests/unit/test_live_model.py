"""What the live view says of a stretch is what happened then, however it came to know."""

from __future__ import annotations

import itertools
import random
import struct
from typing import TYPE_CHECKING

import pytest

from gilscope.live import summary_of
from gilscope.live.now import parse_now
from gilscope.live.recent import RecentClocks, RecentHolds
from gilscope.live.watch import Watched
from support.livetruth import MS, NOW, Truth, any_truth, moments_of, told
from support.tracewriter import holds_array

if TYPE_CHECKING:
    from gilscope.live.slot import Slot

SEEDS = range(12)


def overlap(begin: int, end: int, since: int, until: int) -> int:
    return max(0, min(end, until) - max(begin, since))


def watched(seed: int) -> tuple[Truth, Watched, list[Slot]]:
    truth, chance = any_truth(seed), random.Random(seed)
    view = Watched(0)
    final: list[Slot] = []
    for news in told(truth, moments_of(truth, chance), chance):
        view.look(news)
        final += view.take_final()
    return truth, view, final


@pytest.mark.parametrize("seed", SEEDS)
def test_slots_follow_each_other_and_are_whole(seed: int) -> None:
    _, _, final = watched(seed)
    assert len(final) >= 5
    assert all(one.until_ns == other.since_ns for one, other in itertools.pairwise(final))
    assert all(each.is_complete for each in final)


@pytest.mark.parametrize("seed", SEEDS)
def test_what_threads_did_in_each_slot(seed: int) -> None:
    truth, view, final = watched(seed)
    for slot in [*final, view.slots[-1]]:
        since, until = slot.since_ns, slot.until_ns
        for thread in range(1, truth.threads + 1):
            mine = [(n, each) for n, each in enumerate(truth.holds) if each[3] == thread]
            held = sum(
                overlap(a, r, since, until)
                * (truth.turns[n][0] / (r - a) if n in truth.turns else 1)
                for n, (_, a, r, _, _) in mine
            )
            waited = sum(overlap(q, a, since, until) for _, (q, a, _, _, _) in mine)
            locked = sum(overlap(b, e, since, until) for b, e, of in truth.locks if of == thread)
            sums = slot.threads[thread]
            assert sums.hold_ns == pytest.approx(held, abs=len(truth.turns))
            assert sums.wait_ns == waited
            assert sums.lock_ns == locked
            parts = sums.hold_ns + sums.wait_ns + sums.lock_ns + sums.idle_ns
            assert parts + sums.computing_ns + sums.blocked_ns == sums.alive_ns


@pytest.mark.parametrize("seed", SEEDS)
def test_all_waiting_is_somebody_s_doing(seed: int) -> None:
    """But for gaps between holds, in which nobody has the GIL."""
    truth, view, final = watched(seed)
    for slot in [*final, view.slots[-1]]:
        expected = 0.0
        for request, acquire, _, waiter, _ in truth.holds:
            for number, (_, begin, end, holder, _) in enumerate(truth.holds):
                if holder == waiter and begin == acquire:
                    break
                both = max(begin, request, slot.since_ns), min(end, acquire, slot.until_ns)
                if both[0] < both[1]:
                    assert number not in truth.turns or both[1] <= end
                    share = truth.turns[number][0] / (end - begin) if number in truth.turns else 1
                    expected += (both[1] - both[0]) * share
        caused = sum(each.sampled_ns + each.released_ns for each in slot.causes.values())
        assert caused == pytest.approx(expected, rel=1e-6, abs=2 * len(truth.turns))


@pytest.mark.parametrize("seed", SEEDS)
def test_somebody_waits_as_long_as_anybody_does(seed: int) -> None:
    truth, _, final = watched(seed)
    for slot in final:
        edges = sorted(
            (max(q, slot.since_ns), min(a, slot.until_ns))
            for q, a, *_ in truth.holds
            if q < a and overlap(q, a, slot.since_ns, slot.until_ns)
        )
        covered, reached = 0, slot.since_ns
        for begin, end in edges:
            covered += max(0, end - max(begin, reached))
            reached = max(reached, end)
        assert slot.contended_ns == covered


@pytest.mark.parametrize("seed", SEEDS)
def test_each_stall_is_told_once(seed: int) -> None:
    """A hold during which somebody waited for two switch intervals or more."""
    truth, _, final = watched(seed)
    told_of = [row for slot in final for row in slot.stalls]
    assert len({row.start_s for row in told_of}) == len(told_of)
    since, until = final[0].since_ns, final[-1].until_ns
    for number, (_, acquire, release, _, _) in enumerate(truth.holds):
        asked = [max(q, acquire) for q, a, *_ in truth.holds if q < release <= a]
        is_stall = bool(asked) and release - min(asked) >= 10 * MS and number not in truth.turns
        if is_stall and since <= release < until:
            assert acquire / 1e9 in {row.start_s for row in told_of}


def test_the_moment_shows_who_holds_and_who_waits() -> None:
    truth = Truth(
        [(0, 0, 90 * MS, 1, 1), (10 * MS, 90 * MS, 95 * MS, 2, 2)],
        [(5 * MS, 100 * MS, 3)],
        [(20 * MS, 0, 1, 3)],
    )
    view = Watched(0)
    for news in told(truth, [50 * MS], random.Random(0)):
        view.look(news)
    shown = summary_of(view, 10)
    found = [(row.name, str(row.state), row.waiters, row.is_stall) for row in shown.now]
    assert found == [
        ("t1", "holding", 1, True),
        ("t2", "waiting", 0, False),
        ("t3", "lock", 0, False),
    ]
    assert [round(row.since_s * 1e3) for row in shown.now] == [50, 40, 45]
    assert shown.now[0].line is not None
    assert shown.now[0].line.line == 3  # where it was seen


def test_a_torn_moment_is_none() -> None:
    (news,) = [n for n in next(told(any_truth(1), [50 * MS], random.Random(1))) if n.kind == NOW]
    assert parse_now(news.data) is not None
    assert parse_now(news.data[:30]) is None
    changed = bytes([news.data[0] ^ 1]) + news.data[1:]
    assert parse_now(changed) is None


def test_lost_rows_are_said_to_be_unknown() -> None:
    truth = any_truth(3)
    view = Watched(0)
    chance = random.Random(3)
    moments = [truth.end_ns * part // 10 for part in range(1, 9)]
    for number, news in enumerate(told(truth, moments, chance)):
        view.look([each for each in news if not (number == 4 and each.kind in (5, TURNS_KIND))])
    shown = summary_of(view, 60)
    assert shown.unknown_s > 0
    assert not shown.is_complete
    lost = [slot.is_lost for slot in view.slots]
    assert lost[4]
    assert not lost[1]
    history = next(iter(shown.threads[0].history.values()))
    assert history[4] is None


TURNS_KIND = 13


def test_lost_rows_have_no_figures() -> None:
    holds = RecentHolds()
    holds.add(0, holds_array([(0, 0, 10, 1, 0)]).tobytes())
    holds.add(5, holds_array([(50, 50, 60, 1, 0)]).tobytes())
    assert holds.unknown == [(10, 50)]


def test_cpu_time_between_looks() -> None:
    clocks = RecentClocks()
    clocks.begin(1, 0)
    rows = [(1000 * MS, 100 * MS, 1), (5000 * MS, 200 * MS, 1), (5100 * MS, 250 * MS, 1)]
    clocks.add(cpu_rows(rows))
    assert clocks.used_ns(1, 5000 * MS, 5100 * MS) == pytest.approx(50 * MS)
    # Looks in between found nothing new: it was used shortly before the one that did.
    assert clocks.used_ns(1, 1000 * MS, 4000 * MS) == 0
    assert clocks.used_ns(1, 1000 * MS, 5000 * MS) == pytest.approx(100 * MS)
    assert clocks.used_ns(2, 0, 5000 * MS) == 0


def cpu_rows(rows: list[tuple[int, int, int]]) -> bytes:
    return b"".join(struct.pack("<QQII", *row, 0) for row in rows)


def test_a_moment_that_is_missed_once_is_waited_for() -> None:
    truth, chance = any_truth(4), random.Random(4)
    view = Watched(0)
    moments = moments_of(truth, chance, 8)
    for number, news in enumerate(told(truth, moments, chance)):
        view.look([each for each in news if number != 5 or each.kind != NOW])
    assert all(slot.is_complete for slot in view.slots)
    for _ in range(5):
        view.look([])
    assert not view.growing.is_now_known
