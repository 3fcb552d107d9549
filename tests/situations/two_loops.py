"""Two event loops run in two threads, and what the one computes makes the other late.

source: NousResearch/hermes-agent#73318
kind: event-loop-starved | convoy
line: COMPUTES
harmful: to asyncio
gain: no-gil 0.1
"""

import asyncio
import threading

is_over = threading.Event()


async def index():
    for _ in range(12):
        total = 0
        for number in range(900_000):
            total += number  # COMPUTES
        await asyncio.sleep(0)


async def answer():
    for _ in range(150):
        await asyncio.sleep(0.001)
        total = 0
        for number in range(3_000):
            total += number


threads = [threading.Thread(target=asyncio.run, args=(each(),)) for each in (index, answer)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
