"""Each page is awaited before the next one is asked for, though a loop could wait for all.

source: wemake-services/wemake-python-styleguide#1600
kind: uncontended | idle
harmful: free-threaded | processes
"""

import asyncio


async def fetch(page):
    await asyncio.sleep(0.05)
    return page


async def main():
    for page in range(30):
        await fetch(page)


asyncio.run(main())
