"""A coroutine takes a lock of threads that a worker keeps while it writes to a disk.

source: r-spade/ormah#18
kind: event-loop-blocked | lock-bound
line: TAKES
harmful: free-threaded
"""

import asyncio
import threading
import time

lock = threading.Lock()
is_over = threading.Event()


def write():
    while not is_over.is_set():
        with lock:
            time.sleep(0.1)  # a slow disk
        time.sleep(0.02)


async def answer():
    while True:
        await asyncio.sleep(0.01)


async def read():
    for _ in range(8):
        with lock:  # TAKES
            pass
        await asyncio.sleep(0.03)


async def main():
    answers = asyncio.create_task(answer())
    await read()
    answers.cancel()


threading.Thread(target=write, name="writer").start()
asyncio.run(main())
is_over.set()
