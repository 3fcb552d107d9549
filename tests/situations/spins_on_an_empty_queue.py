"""A consumer looks whether a queue is empty without a pause, and slows the producer down.

source: alpacahq/alpaca-backtrader-api#129
kind: busy-wait
line: SPIN
harmful: processes
gain: no-gil 0.25
"""

import queue
import threading

items = queue.Queue()


def produce():
    for _ in range(5):
        total = 0
        for number in range(1_500_000):
            total += number
        items.put(total)


def consume():
    for _ in range(5):
        while items.empty():  # SPIN
            pass
        items.get()


threads = [threading.Thread(target=each) for each in (produce, consume)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
