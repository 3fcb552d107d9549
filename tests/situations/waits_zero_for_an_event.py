"""A thread waits for an event with a timeout of zero, in a loop, while another computes.

source: open-telemetry/opentelemetry-python#1210
kind: busy-wait
line: SPIN
harmful: processes
gain: no-gil 0.25
"""

import threading

done = threading.Event()


def compute():
    total = 0
    for number in range(8_000_000):
        total += number
    done.set()


thread = threading.Thread(target=compute)
thread.start()
rounds = 0
while not done.wait(0):  # SPIN
    rounds += 1
thread.join()
