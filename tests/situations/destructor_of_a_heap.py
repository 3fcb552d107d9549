"""A worker drops large trees of objects, one by one, and nobody else runs meanwhile.

source: pytorch/pytorch#89753
kind: stall | gc-pause
line: DROP
harmful: asyncio
"""

import gc
import threading
import time

gc.disable()
over = False


class Node:
    __slots__ = ("left", "right")


def ticks():
    while not over:
        time.sleep(0.003)


trees = [[Node() for _ in range(2_500_000)] for _ in range(3)]
thread = threading.Thread(target=ticks, name="ticks")
thread.start()
while trees:
    time.sleep(0.1)
    trees.pop()  # DROP
over = True
thread.join()
