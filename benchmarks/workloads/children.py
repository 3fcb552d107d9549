"""Starts processes one after another, and waits for each: children.py KIND COUNT."""

import os
import subprocess
import sys
import time

from _timing import tell

kind, count = sys.argv[1], int(sys.argv[2])


def fork() -> None:
    if pid := os.fork():
        os.waitpid(pid, 0)
    else:
        os._exit(0)


def spawn() -> None:
    subprocess.run([sys.executable, "-c", "pass"], check=True)


start_one = {"fork": fork, "spawn": spawn}[kind]
start_one()  # caches
start = time.perf_counter()
for _ in range(count):
    start_one()
tell(work=time.perf_counter() - start)
