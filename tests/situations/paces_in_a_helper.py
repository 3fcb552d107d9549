"""A sender keeps its pace in a helper that looks at the clock until it is time, beside a worker.

source: alpacahq/alpaca-backtrader-api#129
kind: busy-wait
line: SPIN
harmful: processes
"""

import threading
import time

sent = []


def wait_until(due):
    while time.monotonic() < due:  # SPIN
        pass


def send():
    begin = time.monotonic()
    for number in range(150):
        wait_until(begin + number * 0.01)
        sent.append(number)


def prepare():
    total = 0
    for number in range(12_000_000):
        total += number
    return total


threads = [threading.Thread(target=each) for each in (send, prepare)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
