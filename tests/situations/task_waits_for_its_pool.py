"""A task of a pool submits another one to the same pool, and waits for it: all workers do.

source: xorq-labs/xorq#2243
kind: deadlock
line: INNER
harmful: free-threaded | processes
"""

import signal
from concurrent.futures import ThreadPoolExecutor

signal.alarm(2)  # nobody else would end it
pool = ThreadPoolExecutor(2)


def part(number):
    return number


def whole(number):
    return pool.submit(part, number).result()  # INNER


print([each.result() for each in [pool.submit(whole, n) for n in range(4)]])
