"""Threads that ask whether something has happened, and one that computes: spins.py KIND.

`spin`: nothing but asking, at SPIN. `alive`: likewise, `Thread.is_alive()`. `flag`: it looks at a
variable. `tries`: it tries to get a lock. `yields`: it lets go of the GIL after each question.
`works`: it asks before each piece of work, so that it is not asking that costs. `sleeps`: it sleeps
between its questions. `cooperates`: it computes, and lets others go on now and then.
"""

import sys
import threading
import time

from _truth import line_of, tell

done = threading.Event()
is_done = False
busy = threading.Lock()
busy.acquire()


def compute() -> None:
    global is_done
    end = time.thread_time() + 0.4
    total = 0
    while time.thread_time() < end:
        for number in range(2000):
            total += number & 3
    is_done = True
    busy.release()
    done.set()


def spin() -> None:
    while not done.is_set():  # SPIN
        pass


def alive() -> None:
    while worker.is_alive():  # ALIVE
        pass


def flag() -> None:
    while not is_done:  # FLAG
        pass


def tries() -> None:
    while True:
        if busy.acquire(blocking=False):  # TRIES
            break


def yields() -> None:
    while not done.is_set():
        time.sleep(0)  # YIELDS


def cooperates() -> None:
    while not done.is_set():
        total = 0
        for number in range(20_000):
            total += number & 3
        time.sleep(0)


def works() -> None:
    found = []
    while not done.is_set():
        squares = [number * number for number in range(50)]
        found.append(sum(squares))
        del found[:-10]


def sleeps() -> None:
    while not done.is_set():
        time.sleep(0.002)


ASKING = {"spin": spin, "alive": alive, "flag": flag, "tries": tries, "yields": yields}
KINDS = {**ASKING, "works": works, "sleeps": sleeps, "cooperates": cooperates}
worker = threading.Thread(target=compute, name="worker")
worker.start()
KINDS[sys.argv[1]]()
worker.join()
tell(line=line_of(sys.argv[1].upper(), __file__) if sys.argv[1] in ASKING else 0)
