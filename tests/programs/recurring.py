"""Programs in which something recurs, which know how long each of it took, on their last line.

They compute by sleeping with the GIL held: run without it they tell how long it takes then.
`took_s` has what each call of `handle` took, from when it could have begun until it was over.
"""

import asyncio
import json
import queue
import socket
import sys
import time
from concurrent.futures import ThreadPoolExecutor

from _computing import at_once, compute

took_s = []


def connections():
    """Three clients ask 12 times each, and each has a thread of the server."""
    pairs = [socket.socketpair() for _ in range(3)]

    def handle(there):
        compute(4)
        time.sleep(0.004)
        compute(4)
        there.send(b"!")

    def serve(there):
        while there.recv(1):
            handle(there)

    def ask(here):
        for _ in range(12):
            time.sleep(0.005)
            began = time.perf_counter()
            here.send(b"?")
            here.recv(1)
            took_s.append(time.perf_counter() - began)
        here.close()

    works = [lambda there=there: serve(there) for _, there in pairs]
    at_once(*works, *[lambda here=here: ask(here) for here, _ in pairs])


def tasks():
    """Four workers do 32 tasks that look something up and compute."""

    def handle(_):
        began = time.perf_counter()
        time.sleep(0.006)
        compute(6)
        took_s.append(time.perf_counter() - began)

    with ThreadPoolExecutor(4) as executor:
        list(executor.map(handle, range(32)))


def consumers():
    """Two threads take what comes each 12 ms, beside one that computes all the time."""
    items = queue.Queue()

    def handle(_):
        compute(5)

    def consume():
        while (put_s := items.get()) is not None:
            handle(put_s)
            took_s.append(time.perf_counter() - put_s)

    def produce():
        for _ in range(20):
            time.sleep(0.012)
            items.put(time.perf_counter())
        items.put(None)
        items.put(None)

    at_once(consume, consume, produce, lambda: [compute(10) for _ in range(25)])


def callbacks():
    """A callback that takes 3 ms is due each 15 ms, beside a thread that computes."""

    def handle(due, loop):
        compute(3)
        took_s.append(loop.time() - due)

    async def main():
        loop = asyncio.get_running_loop()
        busy = loop.run_in_executor(None, lambda: [compute(10) for _ in range(30)])
        for _ in range(20):
            await asyncio.sleep(0.015)
            handle(loop.time(), loop)
        await busy

    asyncio.run(main())


def in_a_row():
    """Two threads call it 20 times in a row, with nothing between, beside one that computes."""

    def handle():
        began = time.perf_counter()
        compute(6)
        took_s.append(time.perf_counter() - began)

    def work():
        for _ in range(20):
            handle()

    at_once(work, work, lambda: [compute(10) for _ in range(26)])


if __name__ == "__main__":
    globals()[sys.argv[1]]()
    print(json.dumps({"took_s": took_s}))
