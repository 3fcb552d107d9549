"""One thread computes all the time; a heartbeat beside it wakes up now and then.

source: evfredericksen/pyokc#24
kind: uncontended
harmful: processes | free-threaded | asyncio
"""

import threading
import time

over = threading.Event()


def beat():
    while not over.wait(0.25):
        time.monotonic()


thread = threading.Thread(target=beat, name="heartbeat")
thread.start()
total = 0
until = time.monotonic() + 1.5
while time.monotonic() < until:
    for number in range(10_000):
        total += number & 3
over.set()
thread.join()
