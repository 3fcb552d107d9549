"""A producer prepares batches as long as a consumer works on them: neither overlaps.

source: BerkeleyAutomation/gqcnn#45
kind: cpu-bound
line: PREPARE | TRAIN
gain: no-gil 0.3
harmful: asyncio
"""

import ctypes
import queue
import threading

keeps = ctypes.PyDLL(None).usleep
batches = queue.Queue(2)


def prepare():
    for number in range(40):
        for _ in range(15):
            keeps(1000)  # PREPARE
        batches.put(number)
    batches.put(None)


threading.Thread(target=prepare, name="prepare").start()
while batches.get() is not None:
    for _ in range(15):
        keeps(1000)  # TRAIN
