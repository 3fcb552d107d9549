"""A coroutine has each tiny call done by a thread, and awaits it: loop and thread take turns.

source: python/cpython#136084
kind: uncontended | lock-bound
harmful: processes | free-threaded
"""

import asyncio
import os


async def main():
    for _ in range(6000):
        await asyncio.to_thread(os.stat, ".")


asyncio.run(main())
