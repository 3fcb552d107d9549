"""A consumer waits until a list has all its results, in a loop that does nothing.

source: redis/redis-py#3994
kind: busy-wait
line: SPIN
harmful: processes
gain: no-gil 0.2
"""

import threading

results = []


def compute():
    total = 0
    for number in range(8_000_000):
        total += number
    results.append(total)


thread = threading.Thread(target=compute)
thread.start()
while len(results) < 1:  # SPIN
    pass
thread.join()
