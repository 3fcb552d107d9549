"""A coroutine lets a thread write a large document as JSON: one call, and the loop stands still.

source: openai/openai-python#3815
kind: stall | event-loop-starved
line: DUMPS
harmful: to asyncio
"""

import asyncio
import json

document = [{"name": f"name {number}", "values": list(range(20))} for number in range(30_000)]


def dump():
    return json.dumps(document)  # DUMPS


async def answer():
    while True:
        await asyncio.sleep(0.005)


async def main():
    answers = asyncio.create_task(answer())
    for _ in range(4):
        await asyncio.to_thread(dump)
        await asyncio.sleep(0.05)
    answers.cancel()


asyncio.run(main())
