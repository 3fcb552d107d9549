"""A coroutine hands a large file to a thread, which compresses it without the GIL.

source: aio-libs/aiohttp#3201
kind: uncontended | idle | cpu-full
harmful: processes | free-threaded
"""

import asyncio
import zlib

data = bytes(range(256)) * 30_000


async def beat():
    while True:
        await asyncio.sleep(0.01)


async def main():
    beating = asyncio.create_task(beat())
    for _ in range(5):
        await asyncio.to_thread(zlib.compress, data, 9)
    beating.cancel()


asyncio.run(main())
