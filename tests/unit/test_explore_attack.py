"""What the attack is made of: every instruction is seen, what is learned survives, time is kept."""

from __future__ import annotations

import dis
import json
import os
import random
import sys
import threading
import time
from typing import TYPE_CHECKING

import pytest

from gilscope.explore.attack.disturbed import IDLE_SLICES, Learned, Thread
from gilscope.explore.attack.instructions import instructions
from gilscope.explore.attack.job import Job, Limits
from gilscope.explore.attack.noise import DELAYS, FREE, TRACED, UNTRACED, Noise, strategies_of
from gilscope.explore.attack.runs import run
from gilscope.explore.attack.stillness import all_sleep, tasks, waits_for_ever
from gilscope.explore.results import Kind

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import CodeType

RESUMES = {"RESUME", "CACHE", "COPY_FREE_VARS", "EXTENDED_ARG"}  # nothing is before them


class Counter:
    def __init__(self) -> None:
        self.value = 0

    def add(self) -> None:
        self.value = self.value + 1


def in_thread(work: Callable[[], object]) -> None:
    thread = threading.Thread(target=work)
    thread.start()
    thread.join()


def test_every_instruction_of_every_thread_is_seen() -> None:
    seen: set[tuple[int, CodeType, int]] = set()
    counter = Counter()

    def before(code: CodeType, offset: int) -> bool:
        seen.add((threading.get_ident() == main, code, offset))
        return True

    main = threading.get_ident()
    with instructions(before):
        counter.add()
        in_thread(counter.add)
    code = Counter.add.__code__
    expected = {each.offset for each in dis.get_instructions(code) if each.opname not in RESUMES}
    for is_main in (True, False):
        assert expected <= {at for where, of, at in seen if where == is_main and of is code}
    count = len(seen)
    counter.add()
    assert len(seen) == count


def test_instructions_of_no_interest_do_not_come_again() -> None:
    seen = []

    def before(code: CodeType, _: int) -> bool:
        if code is Counter.add.__code__:
            seen.append(code)
        return False

    with instructions(before):
        Counter().add()
        first = len(seen)
        Counter().add()
    assert first > 0
    assert len(seen) <= 2 * first


@pytest.mark.parametrize(
    ("runs", "elapsed_s", "more"),
    [
        (0, 0.0, True),
        (59, 0.29, True),  # not enough yet
        (60, 0.05, True),  # a share of the search's time in any case
        (60, 0.15, False),
        (30, 0.3, False),
        (19, 0.3, True),  # but too few
        (1, 2.0, False),  # no more time
        (500, 0.0, False),
    ],
)
def test_limits(runs: int, elapsed_s: float, *, more: bool) -> None:
    assert (
        Limits(0.1, 0.3, 2.0, enough=60, few=20, most_runs=500).wants_more(runs, elapsed_s) is more
    )


def test_where_python_switches_is_enough_for_a_world_with_the_gil() -> None:
    assert strategies_of(traced=False) == UNTRACED
    assert DELAYS in strategies_of(traced=True)


def test_what_is_learned_goes_from_process_to_process() -> None:
    noise = Noise(0, Learned())
    with noise.calm(traced=True):
        in_thread(Counter().add)
    learned = noise.learned
    assert learned.started == 1
    assert learned.counts[1][id(Counter.add.__code__)] >= 3
    again = Learned.from_plain(json.loads(json.dumps(learned.to_plain())))
    assert again.counts == learned.counts
    assert again.places == learned.places


def test_the_same_seed_stops_threads_alike() -> None:
    learned = Noise(0, Learned())
    with learned.calm(traced=True):
        in_thread(Counter().add)

    def targets(seed: int) -> list[dict[int, int]]:
        noise = Noise(seed, learned.learned)
        assert noise.choose(TRACED, 0) == DELAYS
        return [noise._prepare(number).targets for number in (0, 1)]

    assert targets(1) == targets(1)
    assert any(targets(1) != targets(seed) for seed in range(2, 9))


def test_what_was_never_seen_runs_free() -> None:
    assert Noise(0, Learned()).choose(TRACED, 0) == FREE


def test_a_thread_goes_on_when_others_have_run_or_cannot() -> None:
    thread = Thread(1, random.Random(0), (0.0,))
    thread.waits = [3, 3]
    asked = []

    def working() -> int:
        asked.append(1)
        return 2 * len(asked)

    thread.stop(working)
    assert 2 <= len(asked) <= 3
    asked.clear()

    def standing_still() -> int:
        asked.append(1)
        return 7

    thread.stop(standing_still)
    assert len(asked) <= IDLE_SLICES + 1
    asked.clear()
    thread.stop(working)  # it has stopped often enough
    assert not asked


def test_a_run_is_what_the_test_its_threads_and_its_invariant_make_of_it() -> None:
    noise = Noise(0, Learned())

    def failure_of(job: Job) -> tuple[Kind, str]:
        found = run(job, noise.calm(traced=False))
        return (found.kind, found.message) if found else (Kind.LIVELOCK, "none")

    def fail() -> None:
        raise KeyError("x")

    hook, maker = threading.excepthook, threading._make_invoke_excepthook  # type: ignore[attr-defined]
    try:
        assert failure_of(Job(Counter().add))[1] == "none"
        assert failure_of(Job(fail)) == (Kind.EXCEPTION, "KeyError: 'x'")
        assert failure_of(Job(lambda: in_thread(fail))) == (Kind.EXCEPTION, "KeyError: 'x'")
        assert failure_of(Job(lambda: None, invariant=lambda: False))[0] is Kind.INVARIANT
        assert failure_of(Job(lambda: in_thread(sys.exit)))[1] == "none"
    finally:
        threading.excepthook = hook
        threading._make_invoke_excepthook = maker  # type: ignore[attr-defined]


def test_only_a_lock_without_a_timeout_is_waited_for_for_ever() -> None:
    lock, done = threading.Lock(), threading.Event()
    lock.acquire()
    natives: dict[str, int] = {}

    def wait(name: str, work: Callable[[], object]) -> threading.Thread:
        def begin() -> None:
            natives[name] = threading.get_native_id()
            work()

        thread = threading.Thread(target=begin)
        thread.start()
        return thread

    threads = [wait("lock", lock.acquire), wait("timeout", lambda: done.wait(100))]
    until_s = time.monotonic() + 60
    while time.monotonic() < until_s:
        found = tasks(os.getpid())
        waiting = {native: found[native] for native in natives.values() if native in found}
        if (
            len(waiting) == 2
            and all_sleep(waiting)
            and waits_for_ever(os.getpid(), natives["lock"])
        ):
            break
        time.sleep(0.01)
    assert waits_for_ever(os.getpid(), natives["lock"])
    assert not waits_for_ever(os.getpid(), natives["timeout"])
    assert not waits_for_ever(os.getpid(), threading.get_native_id())
    assert not all_sleep(tasks(os.getpid()))
    lock.release()
    done.set()
    for thread in threads:
        thread.join()
    assert tasks(0) == {}
    assert not all_sleep({})
