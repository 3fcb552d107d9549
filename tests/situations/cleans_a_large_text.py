"""A worker replaces words in a very large text, and a heartbeat beside it stands still meanwhile.

source: microsoft/picologging#207
kind: stall | convoy
line: REPLACE
"""

import threading
import time

text = "one two three four five six seven eight nine ten " * 1_500_000
is_done = threading.Event()


def clean():
    for _ in range(6):
        text.replace("seven", "7")  # REPLACE
        time.sleep(0.03)
    is_done.set()


def beat():
    while not is_done.is_set():
        time.sleep(0.005)


threads = [threading.Thread(target=each) for each in (clean, beat)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
