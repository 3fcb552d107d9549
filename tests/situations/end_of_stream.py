"""A compressor lets go of the GIL for each block, and not when it ends the stream.

source: indygreg/python-zstandard#300
kind: stall
line: FLUSH
harmful: asyncio
"""

import ctypes
import threading

compress = ctypes.CDLL(None).usleep
flush = ctypes.PyDLL(None).usleep


def work():
    for _ in range(6):
        for _ in range(5):
            compress(2000)
        flush(40_000)  # FLUSH


threads = [threading.Thread(target=work) for _ in range(3)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
