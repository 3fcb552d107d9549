"""Measures how late a thread runs that sleeps for moments, beside one that only computes."""

from __future__ import annotations

import sys
import threading
import time
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from gilscope.lab.kit.host import Bench


SLEEP_S = 0.001
AT_ONCE = 200  # rounds of the loop between two looks whether to stop


def compute(stop: threading.Event) -> int:
    """Python code that never waits; returns how many rounds it made."""
    rounds = 0
    while not stop.is_set():
        for _ in range(AT_ONCE):
            rounds += 1
    return rounds


def wake_up(stop: threading.Event) -> list[int]:
    """Sleep again and again; return how late each sleep ended, in ns: the kernel's part, too."""
    late_ns = []
    while not stop.is_set():
        start_ns = time.perf_counter_ns()
        time.sleep(SLEEP_S)
        late_ns.append(time.perf_counter_ns() - start_ns - round(SLEEP_S * 1e9))
    return late_ns


def observe(length_s: float, *, computing: bool, sleeping: bool) -> tuple[float, list[int]]:
    """Rounds per second of the thread that computes, and how late the one that sleeps was."""
    stop, began = threading.Event(), threading.Event()
    per_s: list[float] = []
    late_ns: list[int] = []

    def keep_computing() -> None:
        start_s = time.perf_counter()
        began.set()
        per_s.append(compute(stop) / (time.perf_counter() - start_s))

    threads = []
    if computing:
        threads.append(threading.Thread(target=keep_computing))
    if sleeping:
        threads.append(threading.Thread(target=lambda: late_ns.extend(wake_up(stop))))
    for thread in threads:
        thread.start()
        if computing:
            began.wait()  # on a busy machine the sleeper would be alone for a while
    time.sleep(length_s)
    stop.set()
    for thread in threads:
        thread.join()
    return sum(per_s), late_ns


def run(asked: dict[str, Any], bench: Bench) -> dict[str, Any]:
    intervals: list[float] = asked["intervals_s"]
    idle: list[int] = []
    alone: list[float] = []
    beside: list[dict[str, Any]] = [
        {"interval_s": interval_s, "rounds_per_s": [], "late_ns": []} for interval_s in intervals
    ]
    steps = asked["rounds"] * (len(intervals) + 2)
    step = 0
    for _ in range(asked["rounds"]):
        bench.tell(step / steps, "each thread alone")
        with bench.watch:
            idle += observe(asked["length_s"], computing=False, sleeping=True)[1]
            alone.append(observe(asked["length_s"], computing=True, sleeping=False)[0])
        step += 2
        for row in beside:
            bench.tell(step / steps, f"switch interval {row['interval_s'] * 1e3:g} ms")
            sys.setswitchinterval(row["interval_s"])
            with bench.watch:
                speed, late_ns = observe(asked["length_s"], computing=True, sleeping=True)
            row["rounds_per_s"].append(speed)
            row["late_ns"] += late_ns
            step += 1
    return {"idle_late_ns": idle, "alone_rounds_per_s": alone, "beside": beside}
