"""Starts many processes, one after another and at once: many_processes.py N."""

import os
import sys

import _truth

COUNT = int(sys.argv[1])

for _ in range(COUNT):
    if pid := os.fork():
        os.waitpid(pid, 0)
    else:
        os._exit(0)

reading, writing = os.pipe()
pids = []
for _ in range(COUNT):
    if pid := os.fork():
        pids.append(pid)
        continue
    os.close(writing)
    os.read(reading, 1)  # until the parent closes its end
    os._exit(0)
os.close(writing)
for pid in pids:
    os.waitpid(pid, 0)
_truth.tell(processes=2 * COUNT + 1)
