"""Threads without the GIL that know where, why and how long. asleep.py KIND

`rows` of the truth: thread, line, kind, and the seconds that it was there, from its own clock.
"""

import asyncio
import os
import queue
import sys
import threading
import time
import zlib
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from _truth import line_of, tell

spent: dict[tuple[str, str, str], float] = {}  # by thread, marker and kind


def note(marker: str, kind: str, begin: float) -> None:
    key = threading.current_thread().name, marker, kind
    spent[key] = spent.get(key, 0.0) + time.perf_counter() - begin


def reads() -> None:
    """A pipe that somebody writes into late, and then a nap at another line."""
    for _ in range(5):
        begin = time.perf_counter()
        os.read(pipe[0], 1)  # READ
        note("READ", "blocked", begin)
        begin = time.perf_counter()
        time.sleep(0.02)  # NAP
        note("NAP", "blocked", begin)


def writes() -> None:
    for _ in range(5):
        begin = time.perf_counter()
        time.sleep(0.1)  # LATE
        note("LATE", "blocked", begin)
        os.write(pipe[1], b"x")


def compresses() -> None:
    begin = time.thread_time()
    for _ in range(6):
        zlib.compress(data, 9)  # ZLIB
    key = threading.current_thread().name, "ZLIB", "computing"
    spent[key] = time.thread_time() - begin


def consumes() -> None:
    """Idle until there is work; what the work waits for is not idle."""
    while True:
        begin = time.perf_counter()
        work = jobs.get()  # GET
        note("GET", "idle", begin)
        if work is None:
            return
        begin = time.perf_counter()
        time.sleep(work)  # WORK
        note("WORK", "blocked", begin)


def locks() -> None:
    for _ in range(5):
        begin = time.perf_counter()
        with lock:  # LOCK
            note("LOCK", "lock", begin)
            begin = time.perf_counter()
            time.sleep(0.02)  # LOCKED
            note("LOCKED", "blocked", begin)


def join(targets: dict[str, Callable[[], None]]) -> None:
    threads = [threading.Thread(target=each, name=name) for name, each in targets.items()]
    for each in threads:
        each.start()
    begin = time.perf_counter()
    for each in threads:
        each.join()  # JOIN
    note("JOIN", "idle", begin)


def pool() -> None:
    """A pool that has work for a while, and then none."""

    def job() -> None:
        begin = time.perf_counter()
        time.sleep(0.2)  # JOB
        note("JOB", "blocked", begin)

    with ThreadPoolExecutor(1, thread_name_prefix="pool") as executor:
        future = executor.submit(job)
        begin = time.perf_counter()
        future.result()  # RESULT
        note("RESULT", "idle", begin)


def loop() -> None:
    """A loop that looks now and then, beside workers without work, and a timer.

    For so long that the start of the interpreter is a small part of it.
    """

    async def nothing() -> None:
        for _ in range(5):
            await asyncio.sleep(1.6)

    timer = threading.Timer(7.0, print, ("tick",))
    timer.start()
    executor = ThreadPoolExecutor(2)
    executor.submit(len, ())
    asyncio.run(nothing())
    executor.shutdown()
    timer.join()


def consumed() -> None:
    feeder = threading.Thread(target=consumes, name="consumer")
    feeder.start()
    for nap in (0.05, 0.05, 0.05):
        begin = time.perf_counter()
        time.sleep(0.15)  # FEED
        note("FEED", "blocked", begin)
        jobs.put(nap)
    jobs.put(None)
    begin = time.perf_counter()
    feeder.join()  # JOINED
    note("JOINED", "idle", begin)


pipe = os.pipe()
jobs: queue.Queue[float | None] = queue.Queue()
lock = threading.Lock()
data = os.urandom(1 << 16) * 40
start = time.perf_counter()
KINDS: dict[str, Callable[[], None]] = {
    "pipe": lambda: join({"reader": reads, "writer": writes}),
    "zlib": lambda: join({"zlib": compresses}),
    "queue": consumed,
    "locks": lambda: join({"lock-0": locks, "lock-1": locks, "lock-2": locks}),
    "pool": pool,
    "loop": loop,
}
KINDS[sys.argv[1]]()
tell(
    wall_s=time.perf_counter() - start,
    rows=[
        {"thread": thread, "line": line_of(marker, __file__), "kind": kind, "seconds": seconds}
        for (thread, marker, kind), seconds in spent.items()
    ],
)
