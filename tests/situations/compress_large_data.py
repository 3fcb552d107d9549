"""Threads compress large blocks: zlib lets go of the GIL meanwhile.

source: bguise987/pigz-python#2
kind: uncontended | cpu-full
harmful: processes | free-threaded
"""

import os
import threading
import zlib

block = os.urandom(4_000_000)


def compress():
    for _ in range(3):
        zlib.compress(block)


threads = [threading.Thread(target=compress) for _ in range(2)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
