"""A thread that blocks often, for moments, beside one that computes: convoy.py SECONDS."""

import sys
import threading
import time

from _truth import fib, tell

PAUSE_S = 0.0005
seconds = float(sys.argv[1])
done = threading.Event()


def hog() -> None:
    while not done.is_set():
        fib(12)


def messenger() -> tuple[int, float]:
    """Block as if for a message; long enough that the other thread takes the GIL meanwhile."""
    messages, late_s = 0, 0.0
    end = time.perf_counter() + seconds
    while (start := time.perf_counter()) < end:
        time.sleep(PAUSE_S)
        late_s += time.perf_counter() - start - PAUSE_S
        messages += 1
    return messages, late_s


thread = threading.Thread(target=hog, name="hog")
thread.start()
messages, late_s = messenger()
done.set()
thread.join()
tell(messages=messages, late_s=late_s)
