"""A barrier is for three threads, and one of them has ended before it came there.

source: Quansight-Labs/free-threaded-compatibility#133
kind: deadlock
line: MEET | JOIN
harmful: free-threaded | processes | same order
"""

import signal
import threading
import time

signal.alarm(2)  # nobody else would end it
threading.excepthook = lambda _: None
barrier = threading.Barrier(3)


def work(number):
    time.sleep(0.1)
    if number == 1:
        raise ValueError("no data")
    barrier.wait()  # MEET


threads = [threading.Thread(target=work, args=(n,)) for n in range(3)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()  # JOIN
