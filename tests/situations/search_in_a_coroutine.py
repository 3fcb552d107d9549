"""A pattern that a model made up is searched for in a coroutine, and takes for ever.

source: strands-agents/harness-sdk#4191
kind: event-loop-blocked
line: SEARCH
harmful: free-threaded
"""

import asyncio
import re


async def answer():
    while True:
        await asyncio.sleep(0.01)


async def search():
    for _ in range(3):
        re.search(r"(a+)+$", "a" * 22 + "b")  # SEARCH
        await asyncio.sleep(0.03)


async def main():
    answers = asyncio.create_task(answer())
    await search()
    answers.cancel()


asyncio.run(main())
