"""A coroutine takes results of threads from a queue, with a call that blocks its loop.

source: jupyter-server/jupyter_server#892
kind: event-loop-blocked
line: GET
harmful: free-threaded
"""

import asyncio
import queue
import threading
import time

results = queue.Queue()


def work():
    for number in range(6):
        time.sleep(0.12)
        results.put(number)


async def answer():
    while True:
        await asyncio.sleep(0.01)


async def gather():
    for _ in range(6):
        results.get()  # GET
        await asyncio.sleep(0.02)


async def main():
    answers = asyncio.create_task(answer())
    await gather()
    answers.cancel()


threading.Thread(target=work, name="worker").start()
asyncio.run(main())
