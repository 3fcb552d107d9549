"""Threads that ask whether something has happened, and one that computes: spins.py KIND.

`spin`: nothing but asking, at SPIN. `alive`: likewise, `Thread.is_alive()`. `works`: it asks before
each piece of work, so that it is not asking that costs. `sleeps`: it sleeps between its questions.
"""

import sys
import threading
import time

from _truth import line_of, tell

done = threading.Event()


def compute() -> None:
    end = time.thread_time() + 0.4
    total = 0
    while time.thread_time() < end:
        for number in range(2000):
            total += number & 3
    done.set()


def spin() -> None:
    while not done.is_set():  # SPIN
        pass


def alive() -> None:
    while worker.is_alive():  # ALIVE
        pass


def works() -> None:
    found = []
    while not done.is_set():
        squares = [number * number for number in range(50)]
        found.append(sum(squares))
        del found[:-10]


def sleeps() -> None:
    while not done.is_set():
        time.sleep(0.002)


KINDS = {"spin": spin, "alive": alive, "works": works, "sleeps": sleeps}
worker = threading.Thread(target=compute, name="worker")
worker.start()
KINDS[sys.argv[1]]()
worker.join()
marker = sys.argv[1].upper()
tell(line=line_of(marker, __file__) if marker in ("SPIN", "ALIVE") else 0)
