"""A tight loop of blocking calls, each of which releases the GIL: pipe.py DEPTH [ROUNDS].

DEPTH Python frames are on the stack. One write and one read make a round. `work` is all rounds,
`call` the CPU time of one call in the fastest of many short batches, which nothing disturbed.
"""

import os
import sys
import time

from _timing import tell

BATCH = 2_000
depth = int(sys.argv[1])
rounds = int(sys.argv[2]) if len(sys.argv) > 2 else 300_000
reader, writer = os.pipe()


def talk(batches: int) -> float:
    """CPU seconds of the fastest batch."""
    read, write = os.read, os.write
    least_s = 1e9
    for _ in range(batches):
        start = time.thread_time()
        for _ in range(BATCH):
            write(writer, b"x")
            read(reader, 1)
        least_s = min(least_s, time.thread_time() - start)
    return least_s


def nested(depth: int, batches: int) -> float:
    return talk(batches) if depth <= 1 else nested(depth - 1, batches)


nested(depth, 50_000 // BATCH)  # caches, fresh pages
start, cpu_s = time.perf_counter(), time.process_time()
batch_s = nested(depth, rounds // BATCH)
work_s, cpu_s = time.perf_counter() - start, time.process_time() - cpu_s
tell(work=work_s, busy=cpu_s, call=batch_s / BATCH / 2)
