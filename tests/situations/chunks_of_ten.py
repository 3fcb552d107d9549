"""Ten numbers at a time are handed to a pool of threads: that takes longer than the work.

source: faster-cpython/ideas#586
kind: cpu-bound | convoy | lock-bound
line: WORK | HAND
harmful: processes
"""

from multiprocessing.pool import ThreadPool


def work(numbers):
    return [number + 1 for number in numbers]  # WORK


chunks = [list(range(10))] * 20_000
with ThreadPool(4) as pool:
    for _ in pool.imap(work, chunks):  # HAND
        pass
