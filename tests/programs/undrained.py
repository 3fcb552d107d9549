"""Harms its own collector and runs on: undrained.py SIGNAL.

Waits until the recorder has noticed, and tells how much of the shared memory it still has.
"""

import os
import signal
import sys
import threading
import time
from pathlib import Path

from _truth import collector, tell

from gilscope import _recorder


def shared_kb() -> int:
    """What is resident of the memory that is shared with the collector."""
    total, ours = 0, False
    for line in Path("/proc/self/smaps").read_text().splitlines():
        if line[0] in "0123456789abcdef":
            ours = "memfd:gilscope" in line
        elif ours and line.startswith("Rss:"):
            total += int(line.split()[1])
    return total


def busy() -> None:
    reader, writer = os.pipe()
    while not done:
        os.write(writer, b"x")
        os.read(reader, 1)


done = False
threads = [threading.Thread(target=busy) for _ in range(2)]
for thread in threads:
    thread.start()
recorded_before = _recorder.is_recording()
drains = collector()
os.kill(drains, int(sys.argv[1]))
deadline = time.monotonic() + 30
while _recorder.is_recording() and time.monotonic() < deadline:
    time.sleep(0.01)
noticed = not _recorder.is_recording()
left_kb = shared_kb()
if int(sys.argv[1]) == signal.SIGSTOP:
    os.kill(drains, signal.SIGCONT)  # the launcher need not lose its patience
done = True
for thread in threads:
    thread.join()
tell(recorded_before=recorded_before, noticed=noticed, left_kb=left_kb)
