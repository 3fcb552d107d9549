"""A coroutine compresses an answer: without the GIL, but in the loop's own thread.

source: aio-libs/aiohttp#3201
kind: event-loop-blocked
line: COMPRESS
harmful: free-threaded
"""

import asyncio
import random
import zlib

body = random.Random(1).randbytes(1_000_000) * 6


async def answer():
    while True:
        await asyncio.sleep(0.01)


async def send():
    for _ in range(4):
        zlib.compress(body)  # COMPRESS
        await asyncio.sleep(0.05)


async def main():
    answers = asyncio.create_task(answer())
    await send()
    answers.cancel()


asyncio.run(main())
