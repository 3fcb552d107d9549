"""A thread computes with a lock that another one needs, while workers compute beside both.

source: run-llama/llama_index#11049
kind: cpu-bound | convoy | lock-bound
line: INSIDE | BESIDE | TAKE | WITH
"""

import threading

lock = threading.Lock()


def index():
    for _ in range(30):
        with lock:  # WITH
            sum(number * number for number in range(60_000))  # INSIDE


def search():
    for _ in range(30):
        with lock:  # TAKE
            pass
        sum(range(1000))


def parse():
    sum(number * number for number in range(4_000_000))  # BESIDE


threads = [threading.Thread(target=each) for each in (index, search, parse, parse)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
