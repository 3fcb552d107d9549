"""Coroutines compute in small pieces and let each other go on: one thread, which has enough to do.

source: cmusatyalab/steeleagle#27
kind: uncontended
harmful: asyncio | free-threaded
"""

import asyncio
import ctypes

keeps = ctypes.PyDLL(None).usleep


async def work():
    for _ in range(10):
        keeps(10_000)
        await asyncio.sleep(0)


async def main():
    await asyncio.gather(work(), work(), work(), work(), work())


asyncio.run(main())
