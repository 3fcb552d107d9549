"""A loop whose one callback records a block that starts threads, as a notebook's kernel does.

notebook_cell.py [TRACE]      without TRACE it does not record
"""

import asyncio
import contextlib
import sys
import threading

from _truth import fib, tell

import gilscope


def cell() -> None:
    with gilscope.record(sys.argv[1]) if sys.argv[1:] else contextlib.nullcontext():
        threads = [threading.Thread(target=fib, args=(25,)) for _ in range(2)]
        for thread in threads:
            thread.start()
        fib(25)
        for thread in threads:
            thread.join()


async def kernel() -> None:
    for _ in range(5):
        await asyncio.sleep(0.01)
    cell()
    await asyncio.sleep(0.01)


asyncio.run(kernel())
tell(threads=3)
