"""Records blocks of itself until its hostile collectors have given so many inputs:
fuzzed_recorder.py INPUTS FOLDER.
"""

import sys
import threading
import time
from pathlib import Path

from _truth import fib, tell

import gilscope
from gilscope import _recorder
from gilscope.errors import GilscopeError

BLOCK_S = 0.06  # as long as a collector writes
wanted, trace = int(sys.argv[1]), Path(sys.argv[2]) / "t.gil"
inputs = blocks = refused = stopped = lives = recorded_lives = 0


def short_life() -> None:
    threading.current_thread().name = f"for {time.monotonic_ns() % 1000} ns"
    time.sleep(0)


def work() -> None:
    global lives, recorded_lives
    ends = time.monotonic() + BLOCK_S
    while time.monotonic() < ends:
        lives += 1
        recorded_lives += _recorder.is_recording()
        born = [threading.Thread(target=short_life) for _ in range(3)]
        for thread in born:
            thread.start()
        fib(8)
        for thread in born:
            thread.join()


def busy() -> None:
    while not done:
        fib(6)
        time.sleep(0)


done = False
others = [threading.Thread(target=busy) for _ in range(2)]
for thread in others:
    thread.start()
while inputs < wanted:
    try:
        with gilscope.record(trace, overwrite=True, sample_hz=0):
            blocks += 1
            work()
            stopped += not _recorder.is_recording()
    except GilscopeError:
        refused += 1
    deadline = time.monotonic() + 5  # where it was not awaited to its end
    while trace.exists() and not trace.stat().st_size and time.monotonic() < deadline:
        time.sleep(0.001)
    inputs += int(trace.read_text() or 0) if trace.exists() else 0
done = True
for thread in others:
    thread.join()
tell(
    inputs=inputs,
    blocks=blocks,
    refused=refused,
    stopped=stopped,
    lives=lives,
    recorded_lives=recorded_lives,
)
