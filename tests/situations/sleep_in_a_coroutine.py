"""A retry sleeps with `time.sleep` in a coroutine, and all others of the loop wait.

source: microsoft/kiota-python#505
kind: event-loop-blocked
line: SLEEP
harmful: free-threaded
"""

import asyncio
import time


async def answer():
    while True:
        await asyncio.sleep(0.01)


async def retry():
    for _ in range(5):
        time.sleep(0.15)  # SLEEP
        await asyncio.sleep(0.03)


async def main():
    answers = asyncio.create_task(answer())
    await retry()
    answers.cancel()


asyncio.run(main())
