"""Threads meet at a barrier after each step, and one that waits for a disk sets the pace.

source: SciTools/biggus#37
kind: uncontended | idle
line: READS
harmful: processes | free-threaded
"""

import threading
import time

together = threading.Barrier(4)


def step(number):
    for _ in range(20):
        if number == 0:
            time.sleep(0.05)  # READS
        together.wait()


threads = [threading.Thread(target=step, args=(n,), name=f"step-{n}") for n in range(4)]
for each in threads:
    each.start()
for each in threads:
    each.join()
