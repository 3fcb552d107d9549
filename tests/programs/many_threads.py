"""Many threads at once: many_threads.py COUNT."""

import sys
import threading

from _truth import fib, tell

count = int(sys.argv[1])
threading.stack_size(256 << 10)
barrier = threading.Barrier(count)


def work() -> None:
    barrier.wait()
    fib(8)


threads = [threading.Thread(target=work, name=f"one of many {i}") for i in range(count)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
tell(threads=count + 1)
