"""Threads without a GIL that an object, or the garbage collector, holds up; they know how long.

An operation on an object takes its lock: a copy of a large one lasts, and others wait for that.
"""

import gc
import sys
import threading
import time
from collections.abc import Callable

from _truth import line_of, tell

COPIES = 8
SIZE = 1_000_000
big_dict = dict.fromkeys(range(SIZE))
big_list = list(range(SIZE))
big_set = set(range(SIZE))
stop = threading.Event()
longest_ns = 0


def change_dict(number: int) -> None:
    big_dict[number] = None  # changes dict


def change_list(number: int) -> None:
    big_list[number] = 0  # changes list


def change_set(number: int) -> None:
    big_set.add(number)  # changes set


def change(once: Callable[[int], None]) -> None:
    global longest_ns
    number = 0
    while not stop.is_set():
        number = (number + 1) % SIZE
        begin_ns = time.monotonic_ns()
        once(number)
        longest_ns = max(longest_ns, time.monotonic_ns() - begin_ns)


def copy(big: dict[int, None] | list[int] | set[int]) -> None:
    for _ in range(COPIES):
        time.sleep(0.01)
        big.copy()  # copies


def run() -> None:
    turns = 0
    while not stop.is_set():
        turns += 1  # runs


def collect() -> list[tuple[int, int]]:
    """Pauses of all others, as the one knows them that asks for them: it does nothing else."""
    stamps = []
    for _ in range(3):
        time.sleep(0.1)
        before_ns = time.monotonic_ns()
        gc.collect()  # collects
        stamps.append((before_ns, time.monotonic_ns()))
    return stamps


def beside(work: Callable[[], None], count: int) -> list[threading.Thread]:
    threads = [threading.Thread(target=work, name=f"t{number}") for number in range(count)]
    for thread in threads:
        thread.start()
    return threads


gc.disable()
kind = sys.argv[1]
stamps: list[tuple[int, int]] = []
if kind == "collector":
    keep = [[number] for number in range(300_000)]
    threads = beside(run, 3)
    stamps = collect()
else:
    once, big = {
        "dict": (change_dict, big_dict),
        "list": (change_list, big_list),
        "set": (change_set, big_set),
    }[kind]
    threads = beside(lambda: change(once), 1)
    copy(big)
stop.set()
for thread in threads:
    thread.join()
lines = {word: line_of(word, __file__) for word in ("copies", "runs", "collects")}
if kind != "collector":
    lines["changes"] = line_of(f"changes {kind}", __file__)
tell(stamps=stamps, longest_ns=longest_ns, **lines)
