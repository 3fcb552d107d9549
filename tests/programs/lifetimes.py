"""Threads of several kinds that stamp their own first and last line: lifetimes.py."""

import threading
import time

from _truth import fib, tell

life = {}


def stamped(function):
    def run() -> None:
        first_ns = time.monotonic_ns()
        function()
        life[threading.current_thread().name] = (first_ns, time.monotonic_ns(), time.thread_time())

    return run


def mixed() -> None:
    for _ in range(30):
        fib(16)
        time.sleep(0.005)


KINDS = {
    "computing": lambda: fib(28),
    "sleeping": lambda: time.sleep(0.4),
    "mixed": mixed,
    "brief": lambda: None,
}
threads = [
    threading.Thread(target=stamped(function), name=f"{kind}-{i}")
    for kind, function in KINDS.items()
    for i in range(2)
]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
tell(life=life)
