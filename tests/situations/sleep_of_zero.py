"""A thread polls with `time.sleep(0)`, and asks for the GIL thousands of times a second.

source: run-llama/llama_index#11049
kind: busy-wait
line: POLL
harmful: processes
"""

import ctypes
import threading
import time

keeps = ctypes.PyDLL(None).usleep
done = threading.Event()


def work():
    for _ in range(500):
        keeps(1000)
    done.set()


threading.Thread(target=work, name="work").start()
while not done.is_set():
    time.sleep(0)  # POLL
