"""A coroutine looks whether work is done each time that its loop goes round, and slows that down.

source: python/asyncio#398
kind: busy-wait | cpu-bound | event-loop-starved
line: ASK | WORK | COUNT
harmful: processes
"""

import asyncio
import threading

done = threading.Event()


def work():
    total = 0
    for number in range(6_000_000):  # COUNT
        total += number & 3  # WORK
    done.set()


async def main():
    thread = threading.Thread(target=work, name="worker")
    thread.start()
    while not done.is_set():
        await asyncio.sleep(0)  # ASK
    thread.join()


asyncio.run(main())
