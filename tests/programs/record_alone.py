"""Records a block of itself while its collector fares badly: record_alone.py MODE FOLDER.

Says what is left of it afterwards. `subreaper` as a further word: orphans come to this process.
"""

import ctypes
import os
import resource
import signal
import sys
import threading
import time
from pathlib import Path

from _truth import fib, tell

import gilscope

recording = gilscope.record  # what is imported late needs room, too

mode, folder = sys.argv[1], Path(sys.argv[2])
trace = folder / "t.gil"
if "subreaper" in sys.argv:
    assert ctypes.CDLL(None).prctl(36, 1, 0, 0, 0) == 0  # PR_SET_CHILD_SUBREAPER
signal.signal(signal.SIGINT, signal.default_int_handler)  # a job in the background ignores it
children: list[int] = []
signal.signal(signal.SIGCHLD, lambda number, _: children.append(number))


def collectors() -> list[int]:
    """Those that have this program's trace or its shared memory open; zombies have nothing open."""
    found = []
    for entry in filter(str.isdigit, os.listdir("/proc")):
        try:
            name = Path(f"/proc/{entry}/comm").read_text()
            opened = os.readlink(f"/proc/{entry}/fd/4")
        except OSError:
            continue
        if name.startswith("gilscope") and opened.startswith(str(folder)):
            found.append(int(entry))
    return found


def open_files() -> list[str]:
    return sorted(os.listdir("/proc/self/fd"))


def mappings() -> int:
    """Shared memory of gilscope's that is mapped."""
    return Path("/proc/self/maps").read_text().count("memfd:gilscope")


def record(then: str = "") -> str:
    try:
        with recording(trace, overwrite=True):
            fib(15)
            (collector,) = collectors()
            if then == "kill":
                os.kill(collector, signal.SIGKILL)
            elif then == "stop":
                os.kill(collector, signal.SIGSTOP)
                threading.Timer(0.2, os.kill, (os.getpid(), signal.SIGINT)).start()
    except KeyboardInterrupt:
        return "interrupted"
    except Exception as error:
        return f"{type(error).__name__}: {error}"
    return ""


def with_little_room() -> str:
    """Not even the stack of a process can be mapped."""
    size = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (size + (100 << 10), resource.RLIM_INFINITY))
    try:
        return record()
    finally:
        resource.setrlimit(resource.RLIMIT_AS, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))


def interrupt_soon() -> str:
    threading.Timer(0.3, os.kill, (os.getpid(), signal.SIGINT)).start()
    return record()


before = open_files()
error = {
    "well": record,
    "kill": lambda: record("kill"),
    "stop": lambda: record("stop"),
    "room": with_little_room,
    "hang": interrupt_soon,
}[mode]()
left = trace.exists()
deadline = time.monotonic() + 30  # orphans end by themselves, when init gets to it
while collectors() and time.monotonic() < deadline:
    time.sleep(0.01)
try:
    waited = str(os.waitpid(-1, os.WNOHANG | getattr(os, "__WALL", 0x40000000)))
except ChildProcessError:
    waited = "none"
remaining = len(collectors())
if mode == "room":  # the failure does not stand in the way of the next try
    with recording(trace):
        fib(10)
tell(
    error=error,
    trace=left,
    collectors=remaining,
    opened=[fd for fd in open_files() if fd not in before],
    mappings=mappings(),
    children=waited,
    sigchld=len(children),
)
