"""A convoy: one thread blocks often and briefly, another computes: convoy.py [ROUNDS].

`work` is what the computing takes, `call` what one call takes that blocks for 0.1 ms.
"""

import sys
import threading
import time

from _timing import fib, tell

rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 400
done = threading.Event()
work_s = 0.0


def compute() -> None:
    global work_s  # noqa: PLW0603 - the one result
    start = time.perf_counter()
    for _ in range(rounds):
        fib(18)
    work_s = time.perf_counter() - start
    done.set()


hog = threading.Thread(target=compute, name="hog")
calls = 0
cpu_s = time.process_time()
hog.start()
start = time.perf_counter()
while not done.is_set():
    time.sleep(0.0001)
    calls += 1
call_s = (time.perf_counter() - start) / calls
hog.join()
cpu_s = time.process_time() - cpu_s
tell(work=work_s, busy=cpu_s, call=call_s)
