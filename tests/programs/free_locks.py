"""Threads without a GIL that an object, or the garbage collector, holds up; they know how long.

An operation on an object takes its lock: others wait as long as it lasts.
"""

import ctypes
import gc
import sys
import threading
import time
from collections.abc import Callable

from _truth import line_of, tell

TIMES, PAUSE_US = 5, 100_000
usleep = ctypes.PyDLL(None).usleep  # the thread stays attached, so its locks stay locked


class Slow:
    """A key that is compared for long, as all of them have the same hash."""

    def __hash__(self) -> int:
        return 1

    def __eq__(self, other: object) -> bool:
        usleep(PAUSE_US)
        return self is other


shared_dict: dict[object, None] = {Slow(): None}
shared_list = [PAUSE_US]
stop = threading.Event()
longest_ns = 0


def hold_dict() -> None:
    shared_dict[Slow()] = None  # holds dict


def hold_list() -> None:
    shared_list.sort(key=usleep)  # holds list


def change_dict(number: int) -> None:
    shared_dict[-number] = None  # changes dict
    del shared_dict[-number]


def change_list(number: int) -> None:
    shared_list.append(0 * number)  # changes list
    del shared_list[1:]


def change(once: Callable[[int], None]) -> None:
    global longest_ns
    number = 2
    while not stop.is_set():
        number += 1
        begin_ns = time.monotonic_ns()
        once(number)
        longest_ns = max(longest_ns, time.monotonic_ns() - begin_ns)


def hold(once: Callable[[], None]) -> None:
    for _ in range(TIMES):
        time.sleep(0.01)
        once()


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
    is_dict = kind == "dict"
    threads = beside(lambda: change(change_dict if is_dict else change_list), 1)
    hold(hold_dict if is_dict else hold_list)
stop.set()
for thread in threads:
    thread.join()
lines = {word: line_of(word, __file__) for word in ("runs", "collects")}
if kind != "collector":
    lines |= {word: line_of(f"{word} {kind}", __file__) for word in ("changes", "holds")}
tell(stamps=stamps, longest_ns=longest_ns, **lines)
