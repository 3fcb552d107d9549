"""A coroutine makes a hundred thousand tasks at once, and a heartbeat is late meanwhile.

source: ITISFoundation/osparc-simcore#3742
kind: event-loop-blocked
line: GATHER
harmful: free-threaded
"""

import asyncio


async def beat():
    while True:
        await asyncio.sleep(0.01)


async def save(number):
    return number


async def main():
    beats = asyncio.create_task(beat())
    await asyncio.sleep(0.05)
    for _ in range(3):
        await asyncio.gather(*[save(number) for number in range(120_000)])  # GATHER
        await asyncio.sleep(0.05)
    beats.cancel()


asyncio.run(main())
