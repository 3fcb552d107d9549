"""Coroutines start other programs and await their end, as they should.

source: QubesOS/qubes-core-admin#820
kind: uncontended | idle | elsewhere
harmful: to_thread | processes | free-threaded
"""

import asyncio


async def run():
    for _ in range(3):
        child = await asyncio.create_subprocess_exec("sleep", "0.3")
        await child.wait()


async def main():
    await asyncio.gather(*(run() for _ in range(4)))


asyncio.run(main())
