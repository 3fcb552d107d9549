"""Starts processes one after another, and waits for each: children.py KIND COUNT.

`cpu` is the CPU time of all, the children's with it; `quartile` the lower one of what each took.
"""

import os
import resource
import sys
import time

from _timing import tell

kind, count = sys.argv[1], int(sys.argv[2])
if kind == "spawn":  # a bare fork has less to copy
    import subprocess


def fork() -> None:
    if pid := os.fork():
        os.waitpid(pid, 0)
    else:
        os._exit(0)


def spawn() -> None:
    subprocess.run([sys.executable, "-c", "pass"], check=True)


def cpu_s() -> float:
    used = map(resource.getrusage, (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(each.ru_utime + each.ru_stime for each in used)


start_one = {"fork": fork, "spawn": spawn}[kind]
start_one()  # caches
took = []
cpu_before, start = cpu_s(), time.perf_counter()
for _ in range(count):
    before = time.perf_counter()
    start_one()
    took.append(time.perf_counter() - before)
work = time.perf_counter() - start
tell(work=work, cpu=cpu_s() - cpu_before, quartile=sorted(took)[count // 4])
