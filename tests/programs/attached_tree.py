"""Has two forked children, and forks two more when told `fork`; all are busy until it ends."""

import os
import queue
import sys
import threading
import time

from _truth import ready, tell


def be_busy() -> None:
    sum(range(1000))
    time.sleep(0.002)


def fork() -> int:
    parent = os.getpid()
    pid = os.fork()
    if pid == 0:
        while os.getppid() == parent:
            be_busy()
        os._exit(0)
    return pid


before = [fork(), fork()]
orders = queue.SimpleQueue()
threading.Thread(target=lambda: [orders.put(line) for line in sys.stdin], daemon=True).start()
ready()
while True:
    be_busy()
    if not orders.empty():
        orders.get()
        after = [fork(), fork()]
        time.sleep(0.3)  # they let go of the GIL, and so are recorded
        tell(pids={"before": before, "after": after})
