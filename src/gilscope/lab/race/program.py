"""Counts the updates that two threads lose, and the things that they make twice."""

from __future__ import annotations

import sys
import threading
import time
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    from gilscope.lab.kit.host import Bench

THREADS = 2
AT_ONCE = 1000  # updates between two looks at the clock
KEYS = 20_000

counter = 0
lock = threading.Lock()


def one() -> int:
    return 1


def add(times: int) -> None:
    global counter  # noqa: PLW0603 - what two threads share is the subject
    for _ in range(times):
        counter += 1


def add_with_call(times: int) -> None:
    global counter  # noqa: PLW0603
    for _ in range(times):
        counter = counter + one()


def add_with_lock(times: int) -> None:
    global counter  # noqa: PLW0603
    for _ in range(times):
        with lock:
            counter = counter + one()


def make(key: int) -> str:
    return str(key)


def fill(cache: dict[int, str]) -> int:
    """Make what is not there yet; return how many were made."""
    made = 0
    for key in range(KEYS):
        if key not in cache:
            cache[key] = make(key)
            made += 1
    return made


def fill_with_lock(cache: dict[int, str]) -> int:
    made = 0
    for key in range(KEYS):
        with lock:
            if key not in cache:
                cache[key] = make(key)
                made += 1
    return made


def together(work: Callable[[], int]) -> int:
    """Run it in all threads at once; return the sum of what they say."""
    barrier = threading.Barrier(THREADS)
    said = []

    def run() -> None:
        barrier.wait()
        said.append(work())

    threads = [threading.Thread(target=run) for _ in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sum(said)


def count_lost(update: Callable[[int], None], length_s: float) -> dict[str, int]:
    global counter  # noqa: PLW0603
    counter = 0
    end_s = time.monotonic() + length_s

    def keep_adding() -> int:
        updates = 0
        while not updates or time.monotonic() < end_s:  # a busy machine may begin late
            update(AT_ONCE)
            updates += AT_ONCE
        return updates

    updates = together(keep_adding)
    return {"updates": updates, "lost": updates - counter}


def count_twice(fill_cache: Callable[[dict[int, str]], int], length_s: float) -> dict[str, int]:
    end_s = time.monotonic() + length_s
    keys = made = 0
    while not keys or time.monotonic() < end_s:
        cache: dict[int, str] = {}
        made += together(lambda cache=cache: fill_cache(cache))  # type: ignore[misc]
        keys += len(cache)
    return {"keys": keys, "made_again": made - keys}


def explored(update: Callable[[int], None]) -> None:
    """Each thread makes one update."""
    global counter  # noqa: PLW0603
    counter = 0
    threads = [
        threading.Thread(target=update, args=[1], name=f"thread {number}")
        for number in range(1, THREADS + 1)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert counter == THREADS, f"the counter is {counter}, and should be {THREADS}"


def run(asked: dict[str, Any], bench: Bench) -> dict[str, Any]:
    length_s: float = asked["length_s"]
    sys.setswitchinterval(asked["interval_s"])
    found = {}
    updates = {"plain": add, "call": add_with_call, "locked": add_with_lock}
    for number, (name, update) in enumerate(updates.items()):
        bench.tell(number / 5, f"two threads count, {name}")
        with bench.watch:
            found[name] = count_lost(update, length_s)
    fills = {"check": fill, "check_locked": fill_with_lock}
    for number, (name, fill_cache) in enumerate(fills.items(), start=3):
        bench.tell(number / 5, f"two threads check, then act, {name}")
        with bench.watch:
            found[name] = count_twice(fill_cache, length_s)
    return {"found": found}
