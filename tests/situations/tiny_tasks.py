"""Objects are packed by a pool of threads: each task is so small that the pool costs more than it.

source: Ascend/TransferQueue#153
kind: cpu-bound | convoy | lock-bound
line: PACK | SUBMIT
harmful: processes
"""

from concurrent.futures import ThreadPoolExecutor


def pack(number):
    return [number & each for each in range(40)]  # PACK


with ThreadPoolExecutor(8) as pool:
    for _ in range(12):
        list(pool.map(pack, range(1000)))  # SUBMIT
