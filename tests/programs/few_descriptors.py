"""Records itself with few descriptors left: few_descriptors.py FREE FOLDER.

The lowest ones are files of its own, which a child process would inherit; it tells what became of
them, and of its table of descriptors.
"""

import os
import resource
import sys
from pathlib import Path

from _truth import fib, tell

import gilscope
from gilscope.errors import GilscopeError

gilscope.record  # imported now, when there are descriptors for it

free, folder = int(sys.argv[1]), Path(sys.argv[2])
CONTENT = b"precious\n" * 1000


def descriptors() -> list[tuple[int, int]]:
    found = []
    for fd in range(64):
        try:
            found.append((fd, os.fstat(fd).st_ino))
        except OSError:
            continue
    return found


own = []
for number in range(6):
    path = folder / f"own-{number}"
    path.write_bytes(CONTENT)
    fd = os.open(path, os.O_RDWR)
    os.set_inheritable(fd, True)
    own.append(path)
resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64))
filler = []
try:
    while True:
        filler.append(os.open("/dev/null", os.O_RDONLY))
except OSError:
    pass
for _ in range(free):
    os.close(filler.pop())
before = descriptors()
try:
    with gilscope.record(folder / "few.gil"):
        fib(15)
    error = ""
except GilscopeError as problem:
    error = str(problem)
after = descriptors()
for fd in filler:
    os.close(fd)
tell(
    error=error,
    same_descriptors=before == after,
    intact=[path.read_bytes() == CONTENT for path in own],
)
