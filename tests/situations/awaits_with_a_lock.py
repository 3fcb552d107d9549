"""A coroutine awaits with a lock of threads, and another one of the same loop wants that lock.

source: Azure/azure-sdk-for-python#11591
kind: deadlock | event-loop-blocked
line: LOCK
harmful: free-threaded | processes
"""

import asyncio
import signal
import threading

lock = threading.Lock()
tokens = []


async def get_token():
    with lock:  # LOCK
        if not tokens:
            await asyncio.sleep(0.1)
            tokens.append("new")
    return tokens[0]


async def main():
    await asyncio.gather(get_token(), get_token())


signal.alarm(2)  # nobody else would end it
asyncio.run(main())
