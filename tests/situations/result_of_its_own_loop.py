"""A callback on the event loop waits for what only that loop could do.

source: empicano/aiomqtt#174
kind: deadlock | event-loop-blocked
line: RESULT
harmful: free-threaded | processes
"""

import asyncio
import signal

signal.alarm(2)  # nobody else would end it


async def register():
    return 1


def on_write(loop):
    asyncio.run_coroutine_threadsafe(register(), loop).result()  # RESULT


async def main():
    await asyncio.sleep(0.1)
    on_write(asyncio.get_running_loop())


asyncio.run(main())
