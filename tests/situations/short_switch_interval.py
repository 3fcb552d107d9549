"""Somebody made the switch interval very short, and computing threads hand the GIL around.

source: python/cpython#52194
kind: cpu-bound
line: WORK
gain: no-gil 0.4
"""

import sys
import threading

sys.setswitchinterval(1e-5)


def work():
    total = 0
    for number in range(2_500_000):
        total += number * number  # WORK
    return total


threads = [threading.Thread(target=work) for _ in range(4)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
