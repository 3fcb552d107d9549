"""Records itself again and again: many_blocks.py BLOCKS FOLDER; tells its memory in between."""

import sys
from pathlib import Path

from _truth import tell

import gilscope

blocks, folder = int(sys.argv[1]), Path(sys.argv[2])


def resident_kb() -> int:
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4


def mapped_kb() -> int:
    return int(Path("/proc/self/statm").read_text().split()[0]) * 4


def work() -> None:
    for _ in range(300):
        open("/dev/null").close()


@gilscope.record(folder / "block.gil", overwrite=True)
def block() -> None:
    work()


warm_up = 30
for _ in range(warm_up):
    block()
resident_before, mapped_before = resident_kb(), mapped_kb()
for _ in range(blocks):
    block()
tell(resident_kb=resident_kb() - resident_before, mapped_kb=mapped_kb() - mapped_before)
