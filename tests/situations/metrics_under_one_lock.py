"""Each request adds to its metrics with one lock, for a moment: nobody notices.

source: prometheus/client_python#290
kind: cpu-bound
line: COMPUTE
gain: no-gil 0.3
harmful: asyncio
"""

import threading

lock = threading.Lock()
metrics = {}


def request(number):
    total = 0
    for each in range(20_000):
        total += each % 5  # COMPUTE
    with lock:
        metrics[number % 10] = metrics.get(number % 10, 0) + 1
    return total


def serve():
    for number in range(120):
        request(number)


threads = [threading.Thread(target=serve) for _ in range(3)]
for each in threads:
    each.start()
for each in threads:
    each.join()
