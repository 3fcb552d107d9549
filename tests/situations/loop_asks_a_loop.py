"""A thread has a coroutine run by another thread's loop, and waits for it, thousands of times.

source: python/cpython#98984
kind: uncontended | lock-bound
harmful: processes | free-threaded
"""

import asyncio
import threading


async def add():
    total = 0
    for number in range(1000):
        total += number
    return total


loop = asyncio.new_event_loop()
thread = threading.Thread(target=loop.run_forever)
thread.start()
for _ in range(5000):
    asyncio.run_coroutine_threadsafe(add(), loop).result()
loop.call_soon_threadsafe(loop.stop)
thread.join()
loop.close()
