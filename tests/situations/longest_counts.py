"""Short jobs wait for a long one all the time, and would not end the run any sooner.

source: aprin-labs/archimedes#1689
kind: uncontended
line: LONG
harmful: processes | free-threaded | asyncio
"""

import ctypes
import threading

keeps = ctypes.PyDLL(None).usleep


def compute_long():
    for _ in range(1000):
        keeps(1000)  # LONG


def compute_short():
    keeps(300)


def short_jobs():
    lets_go = ctypes.CDLL(None).usleep
    for _ in range(40):
        lets_go(3000)
        compute_short()


long = threading.Thread(target=compute_long, name="long")
short = threading.Thread(target=short_jobs, name="short")
long.start()
short.start()
long.join()
short.join()
