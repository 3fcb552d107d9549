"""CPU-bound work is moved off an event loop into threads, and the loop still answers late.

source: atlanhq/application-sdk#3521
kind: event-loop-starved
line: COMPUTE
"""

import asyncio
import ctypes

keeps = ctypes.PyDLL(None).usleep


def compute():
    for _ in range(350):
        keeps(1000)  # COMPUTE


async def answer():
    while True:
        await asyncio.sleep(0.003)


async def main():
    answers = asyncio.create_task(answer())
    await asyncio.gather(*(asyncio.to_thread(compute) for _ in range(3)))
    answers.cancel()


asyncio.run(main())
