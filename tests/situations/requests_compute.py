"""A server with threads answers requests by computing in Python: each makes the others slow.

source: SeldonIO/seldon-core#3332
kind: cpu-bound
line: COMPUTE
gain: no-gil 0.3
harmful: asyncio
"""

from concurrent.futures import ThreadPoolExecutor


def predict(_):
    total = 0
    for number in range(150_000):
        total += number % 7  # COMPUTE
    return total


with ThreadPoolExecutor(4) as workers:
    list(workers.map(predict, range(60)))
