"""Four threads compute Fibonacci numbers. Are they faster than one? Ask gilscope.

gilscope run examples/fibonacci.py
"""

import threading
import time


def fibonacci(n: int) -> int:
    if n < 2:
        return n
    return fibonacci(n - 1) + fibonacci(n - 2)


def measure(threads: int, n: int = 30) -> float:
    """Compute the same number once in each thread, all at the same time; return the seconds."""
    workers = [
        threading.Thread(target=fibonacci, args=(n,), name=f"fibonacci-{i}") for i in range(threads)
    ]
    start = time.perf_counter()
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    return time.perf_counter() - start


if __name__ == "__main__":
    one = measure(1)
    four = measure(4)
    print(f"one thread: {one:.2f} s, four threads with four times the work: {four:.2f} s")
