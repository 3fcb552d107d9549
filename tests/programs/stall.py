"""One call that does not let go for a long time, beside a waiter: stall.py."""

import re
import time

from _truth import line_of, tell, waiter

# Compiled: re.match() would be a frame of Python, in a file of its own, around the call.
SLOW = re.compile(r"(a+)+$")


def parse(text: str) -> None:
    SLOW.match(text)  # the stall


with waiter():
    time.sleep(0.05)
    durations, computed = [], []
    for _ in range(3):
        start, used = time.perf_counter(), time.thread_time()
        parse("a" * 22 + "b")
        durations.append(time.perf_counter() - start)
        computed.append(time.thread_time() - used)
        time.sleep(0.05)
tell(function="parse", line=line_of("the stall", __file__), durations=durations, computed=computed)
