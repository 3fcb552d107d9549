"""Many threads one after another: thread_churn.py COUNT. Tells how its memory grew."""

import _thread
import sys

from _truth import tell

count = int(sys.argv[1])


def resident_bytes() -> int:
    """Private memory only: what is shared with a collector is bounded by design."""
    with open("/proc/self/smaps_rollup") as lines:
        kilobytes = {line.split()[0]: int(line.split()[1]) for line in lines if " kB" in line}
    return 1024 * (kilobytes["Private_Dirty:"] + kilobytes["Shared_Dirty:"])


def churn(n: int) -> None:
    """Start each when the one before has let go: threading's own bookkeeping would take longer."""
    ended = _thread.allocate_lock()
    for _ in range(n):
        ended.acquire()
        _thread.start_new_thread(ended.release, ())
    ended.acquire()


churn(count // 10)
before = resident_bytes()
churn(count - count // 10)
tell(threads=count + 1, before_bytes=before, after_bytes=resident_bytes())
