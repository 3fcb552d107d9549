"""An event loop lets threads do short I/O, with more of it than the pool has threads.

source: dask/dask#11969
kind: uncontended | idle
harmful: processes | free-threaded
"""

import asyncio
import time
from concurrent.futures import ThreadPoolExecutor


async def main():
    loop = asyncio.get_running_loop()
    with ThreadPoolExecutor(3) as pool:
        calls = [loop.run_in_executor(pool, time.sleep, 0.04) for _ in range(80)]
        await asyncio.gather(*calls)


asyncio.run(main())
