"""A rate limiter of an event loop sleeps with its lock held, and all tasks wait for that lock.

source: SynapseKit/SynapseKit#574
kind: uncontended | idle
harmful: processes | free-threaded | to_thread
"""

import asyncio


async def call(lock):
    async with lock:
        await asyncio.sleep(0.1)
    await asyncio.sleep(0.01)


async def main():
    lock = asyncio.Lock()
    await asyncio.gather(*(call(lock) for _ in range(15)))


asyncio.run(main())
