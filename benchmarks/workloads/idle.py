"""A program that mostly sleeps: idle.py [SECONDS]. Four threads, each awake ten times a second."""

import sys
import threading
import time

from _timing import tell

seconds = float(sys.argv[1]) if len(sys.argv) > 1 else 0.6


def doze() -> None:
    for _ in range(int(seconds * 10)):
        time.sleep(0.1)


sleepers = [threading.Thread(target=doze) for _ in range(4)]
start, cpu_s = time.perf_counter(), time.process_time()
for sleeper in sleepers:
    sleeper.start()
for sleeper in sleepers:
    sleeper.join()
tell(work=time.perf_counter() - start, busy=time.process_time() - cpu_s)
