"""Explorations made by hand, of each kind, and the programs that they are about."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from gilscope.explore.facts import (
    AssumptionKind,
    HindranceKind,
    Position,
    Reason,
    ReasonKind,
    Wait,
    WaitKind,
)
from gilscope.explore.results import (
    Attack,
    Blocked,
    Contradiction,
    Counterexample,
    DataRace,
    Event,
    Exploration,
    Failure,
    Inside,
    Kind,
    Schedule,
    Site,
    Verdict,
    WorldResult,
)

if TYPE_CHECKING:
    from collections.abc import Callable

COUNTER = """\
import threading


class Counter:
    def __init__(self):
        self.value = 0


def test_two_adders():
    counter = Counter()

    def add():
        counter.value += 1

    threads = [threading.Thread(target=add) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert counter.value == 2
"""
BANK = """\
import threading

first, second = threading.Lock(), threading.Lock()


def there():
    with first:
        with second:
            pass


def back():
    with second:
        with first:
            pass


def pop():
    while ready and not items:
        pass
    items.pop()


def work():
    if not jobs.empty():
        jobs.get(block=False)
"""
TRACEBACK = """\
Traceback (most recent call last):
  File "counter.py", line 20, in test_two_adders
    assert counter.value == 2
AssertionError: assert 1 == 2
"""
FREE, GIL = "free-threaded", "gil-3.11"
ASSUMPTIONS = (Reason(AssumptionKind.SAME_STATE), Reason(AssumptionKind.WRITES_IN_ORDER))
SCHEDULE = Schedule(
    FREE, "3.11", (0, 0, 1, 2, 2, 1, 0), (Site("counter.py", "add", 12, 30, "LOAD_ATTR"),)
)


Step = tuple[int, int, str, str, str | None]  # thread, line, operation, target, value


def events_of(
    file: str, told: list[Step], preempted: frozenset[int] = frozenset()
) -> tuple[Event, ...]:
    """`preempted` are the indices of events that took another thread's turn."""
    events: list[Event] = []
    for index, (thread, line, operation, target, value) in enumerate(told):
        switch = bool(events) and events[-1].thread != thread
        position = Position(file, line, "add")
        events.append(
            Event(thread, position, operation, target, value, switch, switch and index in preempted)
        )
    return tuple(events)


def decided(
    events: tuple[Event, ...], before: dict[int, str | None], same: dict[int, str] | None = None
) -> tuple[Event, ...]:
    """Events with those marked whose indices are given, with what was there before them."""
    return tuple(
        replace(
            event, decisive=index in before, before=before.get(index), same=(same or {}).get(index)
        )
        for index, event in enumerate(events)
    )


def counterexample(
    failure: Failure, threads: tuple[str, ...], events: tuple[Event, ...], *, minimal: bool = True
) -> Counterexample:
    return Counterexample(
        failure,
        threads,
        events,
        sum(each.switch for each in events),
        sum(each.preemption for each in events),
        minimal,
        SCHEDULE,
    )


def world(name: str, verdict: Verdict, executions: int, **more: Any) -> WorldResult:
    return WorldResult(name, verdict, executions, 0.01, more.get("reasons", ()), more.get("bound"))


def exploration(verdict: Verdict, worlds: tuple[WorldResult, ...], **more: Any) -> Exploration:
    plain: dict[str, Any] = {
        "target": "counter.py::test_two_adders",
        "python": "3.11.7",
        "counterexample": None,
        "races": (),
        "reasons": tuple(reason for each in worlds for reason in each.reasons),
        "assumptions": ASSUMPTIONS,
        "threads": 3,
        "locations": 5,
        "longest": 18,
        "executions": sum(each.executions for each in worlds),
        "seconds": 0.0123,
        "seed": 0,
    }
    return Exploration(verdict=verdict, worlds=worlds, **(plain | more))


def lost_update() -> Exploration:
    told: list[Step] = [
        (0, 17, "start", "Thread-1", None),
        (0, 17, "start", "Thread-2", None),
        (1, 13, "read", "counter.value", "0"),
        (2, 13, "read", "counter.value", "0"),
        (2, 13, "write", "counter.value", "1"),
        (1, 13, "write", "counter.value", "1"),
        (0, 19, "join", "Thread-1", None),
        (0, 19, "join", "Thread-2", None),
        (0, 20, "read", "counter.value", "1"),
    ]
    found = counterexample(
        Failure(Kind.ASSERTION, 0, "AssertionError: assert 1 == 2", TRACEBACK),
        ("MainThread", "Thread-1", "Thread-2"),
        decided(events_of("counter.py", told, frozenset({3})), {2: None, 4: "0", 5: "1"}),
    )
    add = Position("counter.py", 13, "test_two_adders.<locals>.add")
    return exploration(
        Verdict.FOUND,
        (world(FREE, Verdict.FOUND, 4), world(GIL, Verdict.PROVEN, 2)),
        counterexample=found,
        races=(DataRace("counter.value", add, "read", add, "write"),),
    )


def three_threads() -> Exploration:
    """Four columns with the test's own, a value that is long, and another file."""
    told: list[Step] = [
        (0, 17, "start", "writer", None),
        (0, 17, "start", "writer", None),
        (0, 17, "start", "reader of all that was written", None),
        (1, 13, "read", "counter.value", "0"),
        (2, 13, "read", "counter.value", "0"),
        (3, 13, "read", "counter.value", "0"),
        (
            2,
            13,
            "write",
            "counter.value",
            "[1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16…",
        ),
        (1, 13, "write", "counter.value", "1"),
    ]
    events = events_of("counter.py", told, frozenset({4, 5}))
    elsewhere = Position("missing/cache.py", 1234, "Cache.fill")
    events = (
        *events,
        Event(1, elsewhere, "call", "self.items.popleft()", None, switch=False, preemption=False),
    )
    failure = Failure(Kind.EXCEPTION, 1, "IndexError: pop from an empty deque", "")
    names = ("MainThread", "writer", "writer", "reader of all that was written")
    reasons = (Reason(ReasonKind.BUDGET),)
    return exploration(
        Verdict.FOUND,
        (world(FREE, Verdict.FOUND, 1234), world(GIL, Verdict.NOT_PROVEN, 20_000, reasons=reasons)),
        counterexample=counterexample(failure, names, events, minimal=False),
    )


def deadlock() -> Exploration:
    told: list[Step] = [
        (1, 7, "acquire", "first", None),
        (2, 13, "acquire", "second", None),
    ]
    blocked = (
        Blocked(0, Position("bank.py", 30, "test"), Wait(WaitKind.THREAD, "Thread-1"), 1),
        Blocked(1, Position("bank.py", 8, "there"), Wait(WaitKind.LOCK), 2),
        Blocked(2, Position("bank.py", 14, "back"), Wait(WaitKind.LOCK), 1),
    )
    failure = Failure(Kind.DEADLOCK, None, "deadlock: 3 threads wait for ever", "", blocked)
    found = counterexample(
        failure,
        ("MainThread", "Thread-1", "Thread-2"),
        decided(events_of("bank.py", told, frozenset({1})), {0: None, 1: None}),
    )
    return exploration(
        Verdict.FOUND,
        (world(FREE, Verdict.FOUND, 7), world(GIL, Verdict.FOUND, 9)),
        counterexample=found,
    )


def livelock() -> Exploration:
    turns: list[Step] = [
        (thread, 19, "read", name, "True")
        for _ in range(80)
        for thread, name in ((1, "ready"), (1, "ready"), (2, "items"))
    ]
    where = Position("bank.py", 19, "pop")
    spins = Blocked(1, where, Wait(WaitKind.NOTHING), None)
    failure = Failure(Kind.LIVELOCK, 1, "no end after 4,001 steps", "", (spins,))
    found = counterexample(failure, ("MainThread", "a", "b"), events_of("bank.py", turns))
    return exploration(Verdict.FOUND, (world(GIL, Verdict.FOUND, 1),), counterexample=found)


def in_library() -> Exploration:
    """Two threads between a queue's `empty` and `get`; a switch falls inside of `get`."""
    steps: list[tuple[int, int, str, int, str, str]] = [
        (1, 25, "jobs.empty()", 98, "acquire", "jobs.mutex"),
        (1, 25, "jobs.empty()", 99, "call", "len(jobs.queue)"),
        (1, 26, "jobs.get(block=False)", 168, "acquire", "jobs.mutex"),
        (2, 25, "jobs.empty()", 98, "acquire", "jobs.mutex"),
        (2, 26, "jobs.get(block=False)", 168, "acquire", "jobs.mutex"),
        (2, 26, "jobs.get(block=False)", 218, "call", "jobs.queue.popleft()"),
        (1, 26, "jobs.get(block=False)", 169, "read", "jobs.queue"),
        (1, 26, "jobs.get(block=False)", 210, "call", "len(jobs.queue)"),
    ]
    told: list[Step] = [(thread, line, "call", call, None) for thread, line, call, *_ in steps]
    events = decided(
        events_of("bank.py", told, frozenset({3, 6})), {1: None, 5: "deque([7])", 7: None}
    )
    events = tuple(
        replace(event, inside=Inside(Position("/lib/queue.py", line, "Queue.get"), did, target))
        for event, (_, _, _, line, did, target) in zip(events, steps, strict=True)
    )
    failure = Failure(Kind.EXCEPTION, 1, "_queue.Empty", "")
    found = counterexample(failure, ("MainThread", "one", "two"), events)
    return exploration(
        Verdict.FOUND, (world(FREE, Verdict.FOUND, 9),), counterexample=found, races=()
    )


def long_schedule() -> Exploration:
    """What decides is in the middle of much else; one object has two names."""

    def much(thread: int) -> list[Step]:
        lines = [line for line in range(4, 19) for _ in range(2)]
        return [(thread, line, "call", f"log({line})", None) for line in lines]

    told: list[Step] = [
        *much(1),
        (1, 13, "read", "self.value", "0"),
        (2, 20, "acquire", "lock", None),
        *much(2),
        (2, 13, "write", "counter.value", "1"),
        (2, 20, "release", "lock", None),
        (1, 13, "write", "self.value", "1"),
        *much(1),
        (0, 19, "join", "Thread-1", None),
    ]
    first, second = len(much(1)), 2 * len(much(1)) + 2
    events = decided(
        events_of("counter.py", told, frozenset({first + 1})),
        {first: None, second: "0", second + 2: "1"},
        {second: "the Counter above"},
    )
    failure = Failure(Kind.ASSERTION, 0, "AssertionError: assert 1 == 2", TRACEBACK)
    found = counterexample(failure, ("MainThread", "Thread-1", "Thread-2"), events)
    return exploration(Verdict.FOUND, (world(FREE, Verdict.FOUND, 9),), counterexample=found)


def proven() -> Exploration:
    return exploration(
        Verdict.PROVEN, (world(FREE, Verdict.PROVEN, 34), world(GIL, Verdict.PROVEN, 0))
    )


def withstood() -> Exploration:
    return replace(proven(), attack=Attack(60, 0.15))


def not_attacked() -> Exploration:
    hindrance = Reason(HindranceKind.DEPENDS_ON_TIME)
    return replace(proven(), attack=Attack(0, 0.0, hindrance=hindrance))


def contradicted() -> Exploration:
    """What the search has excluded happened under the attack."""
    contradiction = Contradiction(
        failure=Failure(Kind.ASSERTION, 0, "AssertionError: assert 1 == 2", TRACEBACK),
        worlds=(FREE,),
        run=17,
        strategy="delays",
        seed=0,
        python="3.11.7 (main, May 9 2026, 07:35:25) [GCC 12.2.0]",
        gilscope="0.1.0",
    )
    reason = Reason(ReasonKind.SEARCH_REFUTED)
    return exploration(
        Verdict.FOUND,
        (
            world(FREE, Verdict.FOUND, 34),
            world(GIL, Verdict.NOT_PROVEN, 0, reasons=(reason,)),
        ),
        attack=Attack(17, 0.05, contradiction),
    )


def bounded() -> Exploration:
    return exploration(Verdict.PROVEN, (world(GIL, Verdict.PROVEN, 1, bound=1),), assumptions=())


def not_proven() -> Exploration:
    reasons = (
        Reason(ReasonKind.NOT_MODELLED, "zlib.compress"),
        Reason(ReasonKind.BUDGET),
        Reason(ReasonKind.BOUND_REACHED, number=1),
    )
    return exploration(
        Verdict.NOT_PROVEN,
        (world(FREE, Verdict.NOT_PROVEN, 12_000, reasons=reasons), world(GIL, Verdict.PROVEN, 40)),
    )


EXPLORATIONS: dict[str, Callable[[], Exploration]] = {
    "lost-update": lost_update,
    "three-threads": three_threads,
    "deadlock": deadlock,
    "livelock": livelock,
    "in-library": in_library,
    "long": long_schedule,
    "proven": proven,
    "withstood": withstood,
    "not-attacked": not_attacked,
    "contradicted": contradicted,
    "bounded": bounded,
    "not-proven": not_proven,
}
