"""A coroutine runs another program and waits for it as if it were alone.

source: agiletec-inc/airis-mcp-gateway#82
kind: event-loop-blocked
line: RUN
harmful: free-threaded
"""

import asyncio
import subprocess


async def answer():
    while True:
        await asyncio.sleep(0.01)


async def convert():
    for _ in range(4):
        subprocess.run(["sleep", "0.15"], check=True)  # RUN
        await asyncio.sleep(0.02)


async def main():
    answers = asyncio.create_task(answer())
    await convert()
    answers.cancel()


asyncio.run(main())
