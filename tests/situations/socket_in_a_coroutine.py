"""A coroutine fetches with a blocking client, and freezes all others of its loop.

source: openJiuwen-ai/agent-core#763
kind: event-loop-blocked
line: FETCH
harmful: free-threaded
"""

import asyncio
import socket
import threading
import time

here, there = socket.socketpair()


def serve():
    while there.recv(1):
        time.sleep(0.15)
        there.send(b"!")


async def answer():
    while True:
        await asyncio.sleep(0.01)


async def fetch():
    for _ in range(5):
        here.send(b"?")
        here.recv(1)  # FETCH
        await asyncio.sleep(0.03)


async def main():
    answers = asyncio.create_task(answer())
    await fetch()
    answers.cancel()


thread = threading.Thread(target=serve, name="server")
thread.start()
asyncio.run(main())
here.close()
thread.join()
