"""The main thread looks in a loop whether any of its threads still lives, and slows them all down.

source: usnews/smoketest#55
kind: busy-wait
line: SPIN
harmful: processes
gain: no-gil 0.2
"""

import threading


def compute():
    total = 0
    for number in range(4_000_000):
        total += number


threads = [threading.Thread(target=compute) for _ in range(2)]
for thread in threads:
    thread.start()
while any(thread.is_alive() for thread in threads):  # SPIN
    pass
