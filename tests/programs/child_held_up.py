"""A parent that waits, and a child that its own doing holds up: child_held_up.py loop | lock."""

import asyncio
import os
import sys
import threading
import time

from _truth import line_of, tell


def late() -> None:
    time.sleep(0.25)  # loop


async def blocks() -> None:
    for _ in range(4):
        late()
        await asyncio.sleep(0.0107)


async def ticks() -> None:
    """Due while the loop is blocked, and not just before: what is ready then is called after it."""
    for _ in range(100):
        await asyncio.sleep(0.0031)


async def serve() -> None:
    await asyncio.gather(blocks(), ticks())


def works(lock: threading.Lock) -> None:
    for _ in range(2):
        with lock:  # lock
            time.sleep(0.15)


def share() -> None:
    lock = threading.Lock()
    threads = [threading.Thread(target=works, args=(lock,)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


kind = sys.argv[1]
child = os.fork()
if not child:
    asyncio.run(serve()) if kind == "loop" else share()
    os._exit(0)
os.waitpid(child, 0)
tell(child=child, line=line_of(kind, __file__))
