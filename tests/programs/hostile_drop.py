"""Gives up being root, then writes at random into all that it shares with its collector.

Tells whose process the collector has become by then.
"""

import ctypes
import os
import random
import time
from pathlib import Path

from _truth import collector, fib, tell

NOBODY = 65534


def users_of(pid: int) -> set[str]:
    status = Path(f"/proc/{pid}/status").read_text().splitlines()
    return set(next(line for line in status if line.startswith("Uid:")).split()[1:])


pid = collector()
before = users_of(pid)
os.setgid(NOBODY)
os.setuid(NOBODY)
deadline = time.monotonic() + 20
while users_of(pid) == before and time.monotonic() < deadline:
    fib(10)
after = users_of(pid)
regions = []
for line in Path("/proc/self/maps").read_text().splitlines():
    if "memfd:gilscope" in line:
        low, high = (int(part, 16) for part in line.split()[0].split("-"))
        regions.append((low, high - low))
chance = random.Random(1)
for round_ in range(200_000):
    start, size = chance.choice(regions)
    word = chance.choice([0, 1, 2, 0x414141414141, (1 << 64) - 1, chance.getrandbits(64)])
    offset = chance.randrange(size if round_ % 2 else min(size, 64 << 10)) & ~7
    ctypes.c_uint64.from_address(start + offset).value = word
tell(before=sorted(before), after=sorted(after))
os._exit(0)
