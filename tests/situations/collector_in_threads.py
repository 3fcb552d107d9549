"""A thread builds large trees of objects, and the collector looks through all of them again.

source: LMCache/LMCache#4245
kind: gc-pause
harmful: processes
"""

import gc
import threading
import time

gc.set_threshold(200, 2, 2)
kept = [{"n": [n]} for n in range(200_000)]
over = False


def load():
    for _ in range(120):
        time.sleep(0.005)
        kept.append([[n] for n in range(1500)])


def answer():
    while not over:
        time.sleep(0.005)
        len("x")


thread = threading.Thread(target=answer, name="answer")
thread.start()
load()
over = True
thread.join()
