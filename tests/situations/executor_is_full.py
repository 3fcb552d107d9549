"""Slow lookups fill the default executor, and what follows waits for a thread.

source: python/cpython#112169
kind: uncontended
line: LOOKUP
harmful: processes | free-threaded | asyncio
"""

import asyncio
import time
from concurrent.futures import ThreadPoolExecutor


def lookup():
    time.sleep(0.1)  # LOOKUP


async def main():
    loop = asyncio.get_running_loop()
    loop.set_default_executor(ThreadPoolExecutor(2))
    await asyncio.gather(*(loop.run_in_executor(None, lookup) for _ in range(16)))


asyncio.run(main())
