"""CPU-bound threads that take turns: cpu_threads.py [N], each of four computes fib(N)."""

import sys
import threading
import time

from _timing import fib, tell

THREADS = 4
n = int(sys.argv[1]) if len(sys.argv) > 1 else 28

workers = [threading.Thread(target=fib, args=(n,)) for _ in range(THREADS)]
start, cpu_s = time.perf_counter(), time.process_time()
for worker in workers:
    worker.start()
for worker in workers:
    worker.join()
tell(work=time.perf_counter() - start, busy=time.process_time() - cpu_s)
