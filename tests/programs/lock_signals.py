"""The main thread waits for a lock, and signals interrupt it: lock_signals.py COUNT."""

import os
import signal
import sys
import threading
import time

from _truth import line_of, tell

count = int(sys.argv[1])
seen: list[int] = []
signal.signal(signal.SIGUSR1, lambda number, _: seen.append(number))
lock = threading.Lock()


def interrupt() -> None:
    for number in range(1, count + 1):
        time.sleep(0.02)
        os.kill(os.getpid(), signal.SIGUSR1)
        while len(seen) < number:
            time.sleep(0.001)
    time.sleep(0.02)
    lock.release()


lock.acquire()
threading.Thread(target=interrupt, name="interrupts").start()
before_ns = time.monotonic_ns()
lock.acquire()  # waits
after_ns = time.monotonic_ns()
line = line_of("waits", __file__)
tell(before_ns=before_ns, after_ns=after_ns, line=line, thread="MainThread", seen=len(seen))
