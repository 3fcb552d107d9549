"""Tracing of allocations was left on, with long tracebacks, and threads that allocate get slow.

source: benfred/py-spy#737
kind: cpu-bound
line: MAKE
gain: no-gil 0.4
"""

import threading
import tracemalloc

tracemalloc.start(25)


def work():
    for _ in range(12):
        [str(number) for number in range(15_000)]  # MAKE


threads = [threading.Thread(target=work) for _ in range(4)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
