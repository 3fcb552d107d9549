"""A decoder written in C does not let go of the GIL: threads that decode take turns.

source: dcwatson/deflate#61
kind: stall
line: DECODE
gain: release-gil 0.3
harmful: asyncio
"""

import ctypes
import threading

decode = ctypes.PyDLL(None).usleep


def work():
    for _ in range(12):
        decode(30_000)  # DECODE


threads = [threading.Thread(target=work) for _ in range(3)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
