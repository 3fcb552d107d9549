"""Event loops that know what blocked them. loops.py KIND [asyncio|uvloop|trio|anyio]

Truth: `rows` with line, kind, seconds and times of what took 100 ms or more of a turn, by the
program's own clock; and whether anything else was due meanwhile (`delayed`).
"""

import asyncio
import ctypes
import json
import subprocess
import sys
import threading
import time
from collections.abc import Awaitable, Callable
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any
from urllib.request import urlopen

from _truth import fib, line_of, ready, tell

LONG_S = 0.1
hold_us = ctypes.PyDLL(None).usleep  # sleeps with the GIL held
spent: dict[tuple[str, str], list[float]] = {}
sleep: Callable[[float], Awaitable[Any]] = asyncio.sleep


def note(marker: str, kind: str, begin: float) -> None:
    seconds = time.perf_counter() - begin
    if seconds >= LONG_S:
        spent.setdefault((marker, kind), []).append(seconds)


async def ticks() -> None:
    while not done.is_set():
        await sleep(0.007)


async def beside(callback: Callable[[], None], times: int = 6) -> None:
    """Call it in turns, between which a ticker has something to do."""
    ticker = asyncio.create_task(ticks())
    for _ in range(times):
        await sleep(0.05)
        callback()
    await sleep(0.05)
    done.set()
    await ticker


def sleeps() -> None:
    begin = time.perf_counter()
    time.sleep(0.15)  # SLEEP
    note("SLEEP", "blocked", begin)


def holds() -> None:
    begin = time.perf_counter()
    hold_us(200_000)  # HOLD
    note("HOLD", "holding", begin)


def computes() -> None:
    begin = time.perf_counter()
    while time.perf_counter() < begin + 0.3:  # COMPUTE
        pass
    note("COMPUTE", "holding", begin)


def both() -> None:
    """Each line alone is not long; a turn of both is."""
    begin = time.perf_counter()
    time.sleep(0.15)  # BOTH-SLEEP
    note("BOTH-SLEEP", "blocked", begin)
    begin = time.perf_counter()
    hold_us(150_000)  # BOTH-HOLD
    note("BOTH-HOLD", "holding", begin)


def dumps() -> None:
    begin = time.perf_counter()
    json.dumps(big)  # JSON
    note("JSON", "holding", begin)


def locks() -> None:
    other = threading.Thread(target=has_lock)
    other.start()
    taken.wait()
    begin = time.perf_counter()
    with lock:  # LOCK
        note("LOCK", "lock", begin)
    other.join()
    taken.clear()


def has_lock() -> None:
    with lock:
        taken.set()
        time.sleep(0.25)


def child() -> None:
    begin = time.perf_counter()
    subprocess.run(["sleep", "0.2"], check=True, capture_output=True)  # CHILD
    note("CHILD", "blocked", begin)


def gets() -> None:
    begin = time.perf_counter()
    urlopen(f"http://127.0.0.1:{server.server_port}").read()  # GET
    note("GET", "blocked", begin)


class Slow(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        time.sleep(0.2)
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


async def idle() -> None:
    for _ in range(20):
        await sleep(0.1)


async def many() -> None:
    """A loop that is always busy, with nothing that takes long."""

    async def little() -> None:
        for _ in range(60):
            hold_us(2_000)
            await sleep(0)

    await asyncio.gather(*(little() for _ in range(8)))


async def burst() -> None:
    """Turns in which many tasks are ready: together they take long, none of them does."""
    ticker = asyncio.create_task(ticks())

    async def part() -> None:
        for _ in range(4):
            hold_us(10_000)
            await sleep(0)

    await asyncio.gather(*(part() for _ in range(25)))
    done.set()
    await ticker


async def one_of_many() -> None:
    """One task takes long, in a turn in which many are ready."""
    ticker = asyncio.create_task(ticks())

    async def part(number: int) -> None:
        for _ in range(4):
            if number == 5:
                holds()
            else:
                hold_us(10_000)
            await sleep(0)

    await asyncio.gather(*(part(number) for number in range(10)))
    await sleep(0.05)
    done.set()
    await ticker


async def plain() -> None:
    """A callback that is no coroutine, and that uses generators."""

    def callback() -> None:
        begin = time.perf_counter()
        for _ in range(20):
            sum(hold_us(10_000) for _ in range(2))  # PLAIN
        note("PLAIN", "holding", begin)

    loop = asyncio.get_running_loop()
    for number in range(3):
        loop.call_later(0.1 + number * 0.5, callback)
    while len(spent.get(("PLAIN", "holding"), ())) < 3:
        await sleep(0.007)


async def aligned() -> None:
    """What is due at the same moment as a long callback is called after it, in the same turn.

    It is due long after that again, so the loop has nothing to do when it looks the next time.
    """
    loop = asyncio.get_running_loop()
    late: list[float] = []
    for _ in range(3):
        when = loop.time() + 0.05
        loop.call_at(when, holds)
        loop.call_at(when, lambda when=when: late.append(loop.time() - when))
        await sleep(0.6)
    assert min(late) > LONG_S, late


async def alone() -> None:
    """Nothing else is to be done, and nothing is ready when it ends."""
    for _ in range(5):
        sleeps()
        await sleep(0.05)


async def single() -> None:
    """A task that has nobody beside it: it holds the GIL, and waits, many times."""
    for _ in range(4):
        holds()
        for _ in range(10):
            await sleep(0.005)


async def only() -> None:
    """What it does could as well be done without a loop."""
    sleeps()


async def starved() -> None:
    """Others have the GIL for long: nothing that the loop calls is to blame."""

    def worker() -> None:
        while not done.is_set():
            hold_us(120_000)
            time.sleep(0.001)

    thread = threading.Thread(target=worker, name="worker")
    thread.start()
    for _ in range(10):
        await sleep(0.02)
    done.set()
    await asyncio.to_thread(thread.join)


def between() -> None:
    """What a program does before, between and after its loops is no loop's matter."""
    for _ in range(3):
        hold_us(200_000)
        time.sleep(0.2)
        asyncio.run(ticking())
    hold_us(200_000)


async def ticking() -> None:
    for _ in range(10):
        await asyncio.sleep(0.01)


def hangs() -> None:
    ready()
    hold_us(100_000_000)  # HANG


async def trio_beside(callback: Callable[[], None]) -> None:
    import trio

    async with trio.open_nursery() as nursery:
        nursery.start_soon(ticks)
        for _ in range(6):
            await trio.sleep(0.05)
            callback()
        await trio.sleep(0.05)
        done.set()


def run(main: Callable[[], Any]) -> None:
    global sleep
    if LIBRARY == "trio":
        import trio

        sleep = trio.sleep
        trio.run(main)
    elif LIBRARY == "uvloop":
        import uvloop

        uvloop.run(main())
    elif LIBRARY == "anyio":
        import anyio

        sleep = anyio.sleep
        anyio.run(main)
    else:
        asyncio.run(main())


def in_thread() -> None:
    thread = threading.Thread(target=run, args=(lambda: beside(holds),), name="looper")
    thread.start()
    thread.join()


KIND = sys.argv[1]
LIBRARY = (sys.argv[2:] or ["asyncio"])[0]
done, taken, lock = threading.Event(), threading.Event(), threading.Lock()
CALLBACKS = {
    "sleep": sleeps,
    "hold": holds,
    "compute": computes,
    "both": both,
    "json": dumps,
    "lock": locks,
    "child": child,
    "get": gets,
    "hang": hangs,
}
MAINS = {
    "idle": idle,
    "many": many,
    "burst": burst,
    "one": one_of_many,
    "plain": plain,
    "alone": alone,
    "only": only,
    "starved": starved,
    "aligned": aligned,
    "single": single,
}
if KIND == "json":
    big: list[dict[str, object]] = []
    while not spent:
        big += [{"id": i, "name": f"n{i}", "tags": ["a", str(i)]} for i in range(50_000)]
        begun = time.perf_counter()
        json.dumps(big)
        if time.perf_counter() > begun + 0.25:
            break
if KIND == "get":
    server = HTTPServer(("127.0.0.1", 0), Slow)
    threading.Thread(target=server.serve_forever, daemon=True).start()
start = time.perf_counter()
if KIND in CALLBACKS:
    called = CALLBACKS[KIND]
    run(lambda: trio_beside(called) if LIBRARY == "trio" else beside(called))
elif KIND in MAINS:
    run(MAINS[KIND])
elif KIND == "thread":
    in_thread()
else:
    between()
fib(1)
tell(
    wall_s=time.perf_counter() - start,
    rows=[
        {
            "line": line_of(marker, __file__),
            "kind": kind,
            "seconds": sum(seconds),
            "times": len(seconds),
            "longest_s": max(seconds),
        }
        for (marker, kind), seconds in spent.items()
    ],
)
