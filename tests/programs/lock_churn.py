"""Locks are made, waited for by several threads, and freed, again and again: lock_churn.py ROUNDS.

Whoever has the lock notes it, so it is known who had it before: that thread ended its last wait.
"""

import sys
import threading
import time

from _truth import line_of, tell

rounds, threads = int(sys.argv[1]), 3
owners: list[list[tuple[str, int, int]]] = []


class Round:
    """A lock of its own, and who has had it in which order."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.owners: list[tuple[str, int, int]] = []


current = Round()
begin, end = threading.Barrier(threads), threading.Barrier(threads)


def work(name: str) -> None:
    global current
    for _ in range(rounds):
        mine = current
        begin.wait()
        before_ns = time.monotonic_ns()
        with mine.lock:  # waits
            mine.owners.append((name, before_ns, time.monotonic_ns()))
            # Others run meanwhile, and block.
            threading.Event().wait(0.001)
        if end.wait() == 0:
            owners.append(mine.owners)
            current = Round()
        del mine
        begin.wait()


workers = [threading.Thread(target=work, args=(f"w{i}",), name=f"w{i}") for i in range(threads)]
for each in workers:
    each.start()
for each in workers:
    each.join()
tell(owners=owners, line=line_of("waits", __file__))
