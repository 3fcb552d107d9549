"""A coroutine parses a large document of XML, and no other one goes on meanwhile.

source: microsoft/kiota-python#505
kind: event-loop-blocked
line: PARSE
harmful: free-threaded
"""

import asyncio
import xml.etree.ElementTree as ET

document = "<rows>" + ("<row>" + "a &lt; b; " * 10_000 + "</row>") * 300 + "</rows>"


async def answer():
    while True:
        await asyncio.sleep(0.01)


async def read():
    for _ in range(4):
        ET.fromstring(document)  # PARSE
        await asyncio.sleep(0.05)


async def main():
    answers = asyncio.create_task(answer())
    await read()
    answers.cancel()


asyncio.run(main())
