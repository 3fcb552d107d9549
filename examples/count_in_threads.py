"""Four threads count primes. Is the GIL their problem?

gilscope run examples/count_in_threads.py
"""

from concurrent.futures import ThreadPoolExecutor

from primes import count

if __name__ == "__main__":
    with ThreadPoolExecutor(4, thread_name_prefix="counter") as pool:
        print(sum(pool.map(count, [60_000] * 8)))
