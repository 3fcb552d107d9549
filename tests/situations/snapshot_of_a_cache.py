"""A metrics thread copies a very large dictionary now and then, and all requests wait for that.

source: prometheus/client_python#290
kind: stall | gc-pause
line: COPY
"""

import threading
import time

cache = {number: str(number) for number in range(2_500_000)}
is_done = threading.Event()


def report():
    for _ in range(5):
        list(cache.items())  # COPY
        time.sleep(0.05)
    is_done.set()


def serve():
    while not is_done.is_set():
        cache.get(7)
        time.sleep(0.004)


threads = [threading.Thread(target=each) for each in (report, serve)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
