"""Threads that compute until some moment, however much that is: without a GIL it would be more."""

import threading
import time

from _truth import tell

end = time.monotonic() + 0.3


def work() -> None:
    total = 0
    while time.monotonic() < end:
        for number in range(1000):
            total += number & 3


threads = [threading.Thread(target=work) for _ in range(3)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
tell()
