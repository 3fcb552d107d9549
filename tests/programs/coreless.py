"""Threads that share one core with programs that never rest: coreless.py python | calls.

`python`: threads that compute in Python; whoever has the GIL is often without the core. `calls`:
one that calls what does not let go, and needs no core meanwhile. `ready` of the truth: for how
long, as the kernel says, each thread lacked a core until its last line, in seconds.
"""

import ctypes
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable

from _truth import line_of, tell, waiter

HOGS, CALLS = 2, 6
usleep = ctypes.PyDLL(None).usleep  # keeps the GIL
ready: dict[str, float] = {}


def ready_s() -> float:
    with open("/proc/thread-self/schedstat") as file:
        return int(file.read().split()[1]) / 1e9


def noted(work: Callable[[], None]) -> Callable[[], None]:
    def run() -> None:
        work()
        ready[threading.current_thread().name] = ready_s()

    return run


@noted
def python() -> None:
    end = time.thread_time() + 0.15
    total = 0
    while time.thread_time() < end:
        for number in range(1000):
            total += number * number


@noted
def calls() -> None:
    for _ in range(CALLS):
        usleep(80_000)  # CALL
        time.sleep(0.01)


os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
hogs = [subprocess.Popen(["sh", "-c", "while :; do :; done"]) for _ in range(HOGS)]
try:
    if sys.argv[1] == "python":
        workers = [threading.Thread(target=python, name=f"python-{each}") for each in range(2)]
    else:
        workers = [threading.Thread(target=calls, name="calls")]
    with waiter() if sys.argv[1] == "calls" else waiter(pause_s=0.02):
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()
    time.sleep(0.15)  # so long at most a thread that goes on is not looked at
finally:
    for hog in hogs:
        hog.kill()
        hog.wait()
tell(ready=ready, line=line_of("CALL", __file__))
