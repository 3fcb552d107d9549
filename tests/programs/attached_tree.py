"""Has two forked children, and forks two more when told `fork`; all are busy until it ends."""

import os
import sys
import threading
import time

from _truth import ready, tell


def be_busy() -> None:
    while os.getppid() != 1:
        sum(range(1000))
        time.sleep(0.002)


def fork() -> int:
    pid = os.fork()
    if pid == 0:
        be_busy()
        os._exit(0)
    return pid


before = [fork(), fork()]
ready()
threading.Thread(target=be_busy, daemon=True).start()
for _ in sys.stdin:
    after = [fork(), fork()]
    time.sleep(0.2)  # they let go of the GIL, and so are recorded
    tell(pids={"before": before, "after": after})
