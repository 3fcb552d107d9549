"""A thousand coroutines wait for their time, and there is nothing to make faster.

source: mitmproxy/mitmproxy#443
kind: uncontended | idle
harmful: processes | free-threaded
"""

import asyncio


async def wait(number):
    await asyncio.sleep(1 + number / 2000)


async def main():
    await asyncio.gather(*(wait(n) for n in range(1000)))


asyncio.run(main())
