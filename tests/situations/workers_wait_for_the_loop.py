"""Threads hand calls to an event loop and wait for them, and what the loop calls computes.

source: python/asyncio#398
kind: event-loop-blocked
line: COMPUTE
harmful: free-threaded
"""

import asyncio
import threading


def compute():
    return sum(number * number for number in range(6_000_000))  # COMPUTE


async def call():
    return compute()


def work(loop):
    for _ in range(3):
        asyncio.run_coroutine_threadsafe(call(), loop).result()


async def main():
    loop = asyncio.get_running_loop()
    threads = [threading.Thread(target=work, args=(loop,)) for _ in range(3)]
    for thread in threads:
        thread.start()
    while any(thread.is_alive() for thread in threads):
        await asyncio.sleep(0.05)


asyncio.run(main())
