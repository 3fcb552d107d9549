"""A semaphore of an event loop lets two calls run at a time, and the others wait.

source: truenas/middleware#2440
kind: uncontended | idle
harmful: processes | free-threaded | asyncio
"""

import asyncio


async def call(limit):
    async with limit:
        await asyncio.sleep(0.05)


async def main():
    limit = asyncio.Semaphore(2)
    await asyncio.gather(*(call(limit) for _ in range(30)))


asyncio.run(main())
