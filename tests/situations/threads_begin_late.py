"""A codec keeps the GIL so long that it takes a while until the next thread has even started.

source: jd-boyd/python-lzo#35
kind: stall
line: DECODE
harmful: asyncio
"""

import ctypes
import threading

decode = ctypes.PyDLL(None).usleep


def work():
    for _ in range(3):
        decode(120_000)  # DECODE


threads = [threading.Thread(target=work) for _ in range(4)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
