"""A coroutine logs to a file on a slow disk, and the loop stands still meanwhile.

source: home-assistant/core#4901
kind: event-loop-blocked
line: LOGS | WRITES
harmful: processes | free-threaded
"""

import asyncio
import io
import logging
import time


class SlowDisk(io.StringIO):
    def write(self, text):
        time.sleep(0.15)  # WRITES
        return len(text)


logger = logging.getLogger("app")
logger.addHandler(logging.StreamHandler(SlowDisk()))


async def tick():
    while True:
        await asyncio.sleep(0.005)


async def serve():
    ticker = asyncio.create_task(tick())
    for number in range(8):
        logger.warning("request %d", number)  # LOGS
        await asyncio.sleep(0.02)
    ticker.cancel()


asyncio.run(serve())
