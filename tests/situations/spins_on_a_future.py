"""A thread asks a future again and again whether it is done, while a worker computes it.

source: patrick-kidger/tinyio#5
kind: busy-wait
line: SPIN
harmful: processes
gain: no-gil 0.25
"""

from concurrent.futures import ThreadPoolExecutor


def compute():
    total = 0
    for number in range(8_000_000):
        total += number
    return total


with ThreadPoolExecutor(1) as pool:
    future = pool.submit(compute)
    while not future.done():  # SPIN
        pass
    print(future.result())
