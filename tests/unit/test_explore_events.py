"""What is told of real executions: where steps are, what things are called, what they hold."""

from __future__ import annotations

import queue
import threading
from collections import Counter, defaultdict, deque
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

import gilscope
from gilscope.explore.explorer import Explorer
from gilscope.explore.facts import Wait, WaitKind
from gilscope.explore.narration.values import contents, shortened
from gilscope.explore.options import Options
from gilscope.explore.results import Verdict

if TYPE_CHECKING:
    from collections.abc import Callable

    from gilscope.explore.results import Counterexample, Event

OWN = str(Path(gilscope.__file__).parent)
HERE = Path(__file__).name


def found(test: Callable[[], object]) -> Counterexample:
    options = Options(executions=400, world="free-threaded")
    result = Explorer(test, options, test.__name__).explore()
    assert result.verdict is Verdict.FOUND
    assert result.counterexample is not None
    return result.counterexample


def race(*functions: Callable[[], object]) -> None:
    threads = [threading.Thread(target=each) for each in functions]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


class Cache:
    def __init__(self) -> None:
        self.items: dict[str, int] = {}
        self.loads = 0

    def get(self, key: str) -> int:
        if key not in self.items:
            self.loads += 1
            self.items[key] = 1
        return self.items[key]


def words(event: Event) -> str:
    value = f" {event.value}" if event.value is not None else ""
    before = f" was {event.before}" if event.before is not None else ""
    return f"{event.operation} {event.target}{value}{before}"


def lost_update() -> None:
    cache = Cache()

    def add() -> None:
        cache.loads += 1

    race(add, add)
    assert cache.loads == 2


def test_decisive_steps_have_values_before_and_after() -> None:
    assert [words(each) for each in found(lost_update).events if each.decisive] == [
        "read cache.loads 0",
        "write cache.loads 1 was 0",
        "write cache.loads 1 was 1",
    ]


def loads_twice() -> None:
    cache = Cache()
    race(lambda: cache.get("k"), lambda: cache.get("k"))
    assert cache.loads == 1


def test_a_method_s_self_is_called_what_the_test_calls_it() -> None:
    told = [words(each) for each in found(loads_twice).events]
    assert "read 'k' in cache.items False" in told
    assert "write cache.items['k'] 1" in told
    assert not [each for each in told if "self" in each]


def made_in_threads() -> None:
    both = queue.SimpleQueue[Any]()

    def one() -> None:
        made = [1]
        both.put(made)
        made.append(2)

    def other() -> None:
        got = both.get()
        assert len(got) == 2

    race(one, other)


def test_an_object_that_no_variable_leads_to_keeps_its_names() -> None:
    events = [each for each in found(made_in_threads).events if each.decisive]
    (event,) = [each for each in events if each.target.startswith("made.append")]
    assert event.object is not None


def takes_what_was_there() -> None:
    jobs: queue.Queue[int] = queue.Queue()
    jobs.put(1)

    def work() -> None:
        if not jobs.empty():
            jobs.get(block=False)

    race(work, work)


def test_steps_in_the_library_are_at_the_line_that_called_it() -> None:
    events = found(takes_what_was_there).events
    inner = [each for each in events if each.inside is not None]
    assert {each.target for each in inner} == {
        "jobs.put(1)",
        "jobs.empty()",
        "jobs.get(block=False)",
    }
    assert {each.operation for each in inner} == {"call"}
    assert {Path(each.position.file).name for each in events} == {HERE}
    assert {Path(each.inside.position.file).name for each in inner if each.inside} <= {
        "queue.py",
        "threading.py",
    }
    assert any(each.decisive for each in inner)


def in_a_pool() -> None:
    cache = Cache()
    with ThreadPoolExecutor(2) as pool:
        for future in [pool.submit(cache.get, "k") for _ in range(2)]:
            future.result()
    assert cache.loads == 1


@pytest.mark.parametrize("test", [lost_update, takes_what_was_there, in_a_pool])
def test_no_step_is_in_gilscope(test: Callable[[], object]) -> None:
    for event in found(test).events:
        places = (
            [event.position] if event.inside is None else [event.position, event.inside.position]
        )
        for place in places:
            assert not str(Path(place.file).resolve()).startswith(OWN), event
        assert "_carry" not in event.target


def two_locks() -> None:
    first, second = threading.Lock(), threading.Lock()

    def there() -> None:
        with first, second:
            pass

    def back() -> None:
        with second, first:
            pass

    race(there, back)


def test_locks_that_nobody_gives_back_decide_a_deadlock() -> None:
    decisive = [words(each) for each in found(two_locks).events if each.decisive]
    assert sorted(decisive) == ["acquire first", "acquire second"]


def never_notified() -> None:
    ready = threading.Event()
    race(ready.wait)


def test_who_waits_for_a_notification_waits_for_no_thread() -> None:
    blocked = found(never_notified).failure.blocked
    waits = {each.waits_for: each.held_by for each in blocked if each.thread}
    assert waits == {Wait(WaitKind.NOTIFICATION, "Event.wait"): None}


class Loud:
    def __repr__(self) -> str:
        pytest.fail("the program's own code ran")

    __eq__ = __hash__ = __len__ = __iter__ = __repr__  # type: ignore[assignment]


class Words(list[int]):
    __repr__ = Loud.__repr__


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ([1, "a"], "[1, 'a']"),
        ((1,), "(1,)"),
        (set(), "set()"),
        (deque([1]), "deque([1])"),
        (defaultdict(list, a=[1]), "{'a': [1]}"),
        (Counter("a"), "{'a': 1}"),
        (list(range(20)), "[0, 1, 2, 3, 4, 5, 6, 7, …]"),
        ([Loud()], "[<Loud>]"),
        (Words([1]), "<Words>"),
    ],
)
def test_values_are_shown_without_running_the_program(value: object, expected: str) -> None:
    assert shortened(value) == expected
    assert (contents(value) is None) == (type(value) is Words)
