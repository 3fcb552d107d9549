"""A worker that waits until it is told something, and nothing else: told.py HOW DAEMON.

HOW: `queue` (a `queue.SimpleQueue`) or `own` (a lock that it has taken itself, which the other one
gives back). DAEMON: 1 if it still waits when the program ends. Truth: it is idle all the time, and
nobody holds it up.
"""

import queue
import sys
import threading
import time

from _truth import tell

how, daemon = sys.argv[1], sys.argv[2] == "1"
TIMES, PAUSE_S = 4, 0.25
work: queue.SimpleQueue[int] = queue.SimpleQueue()
own = threading.Lock()


def waits() -> None:
    own.acquire()
    for _ in range(TIMES + daemon):
        if how == "queue":
            work.get()
        else:
            own.acquire()


worker = threading.Thread(target=waits, name="worker", daemon=daemon)
worker.start()
for number in range(TIMES):
    time.sleep(PAUSE_S)
    if how == "queue":
        work.put(number)
    else:
        own.release()
if daemon:
    time.sleep(PAUSE_S)
else:
    worker.join()
tell(wall_s=TIMES * PAUSE_S)
