"""Work was divided badly: one task of a pool is as long as all others, and the pool ends with it.

source: PrefectHQ/prefect#203
kind: cpu-bound
line: COUNT
gain: no-gil 0.3
"""

from concurrent.futures import ThreadPoolExecutor


def count(most):
    return sum(number * number for number in range(most))  # COUNT


with ThreadPoolExecutor(4) as pool:
    list(pool.map(count, [6_000_000, 2_000_000, 2_000_000, 2_000_000]))
