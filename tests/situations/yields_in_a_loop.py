"""A thread yields its core in a loop until another thread is done.

source: vllm-project/vllm#19036
kind: busy-wait
line: YIELD
harmful: processes
"""

import os
import threading


class State:
    is_done = False


def compute():
    total = 0
    for number in range(8_000_000):
        total += number
    State.is_done = True


thread = threading.Thread(target=compute)
thread.start()
while not State.is_done:
    os.sched_yield()  # YIELD
thread.join()
