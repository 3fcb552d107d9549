"""How much address space a recording takes, and how much of it is in use: arena_size.py THREADS."""

import sys
import threading
from pathlib import Path

from _truth import fib, tell

threading.stack_size(64 << 10)
count = int(sys.argv[1])
go = threading.Event()
threads = [threading.Thread(target=go.wait) for _ in range(count - 1)]
for thread in threads:
    thread.start()
fib(18)
sizes = {"Size:": 0, "Rss:": 0}
ours = False
for line in Path("/proc/self/smaps").read_text().splitlines():
    if line[0] in "0123456789abcdef":
        ours = "memfd:gilscope" in line
    elif ours and line.split()[0] in sizes:
        sizes[line.split()[0]] += int(line.split()[1])
go.set()
for thread in threads:
    thread.join()
tell(size_kb=sizes["Size:"], resident_kb=sizes["Rss:"])
