"""A signal handler computes, again and again, in the main thread: a worker gets half of the GIL.

source: python/cpython#85300
kind: cpu-bound | convoy
line: COMPUTE | WORK
gain: no-gil 0.2
"""

import signal
import threading
import time


def handle(number, frame):
    sum(each * each for each in range(150_000))  # COMPUTE


def work():
    total = 0
    for number in range(12_000_000):
        total += number * number  # WORK
    return total


signal.signal(signal.SIGALRM, handle)
signal.setitimer(signal.ITIMER_REAL, 0.02, 0.02)
thread = threading.Thread(target=work)
thread.start()
while thread.is_alive():
    time.sleep(0.01)
signal.setitimer(signal.ITIMER_REAL, 0)
