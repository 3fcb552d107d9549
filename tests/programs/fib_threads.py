"""CPU-bound threads: fib_threads.py THREADS N."""

import sys
import threading
import time

from _truth import fib, tell

threads = int(sys.argv[1]) if len(sys.argv) > 1 else 4
n = int(sys.argv[2]) if len(sys.argv) > 2 else 24
cpu_s = {}


def work() -> None:
    fib(n)
    cpu_s[threading.current_thread().name] = time.thread_time()


start = time.perf_counter()
workers = [threading.Thread(target=work, name=f"worker-{i}") for i in range(threads)]
for worker in workers:
    worker.start()
for worker in workers:
    worker.join()
tell(threads=threads, cpu_s=cpu_s, wall_s=time.perf_counter() - start)
