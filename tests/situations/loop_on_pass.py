"""A thread asks in a loop whether work is done, and so keeps the work from being done.

source: spulec/PyQS#7
kind: busy-wait
line: SPIN
harmful: processes
"""

import ctypes
import threading

keeps = ctypes.PyDLL(None).usleep
done = threading.Event()


def work():
    for _ in range(400):
        keeps(1000)
    done.set()


threading.Thread(target=work, name="work").start()
while not done.is_set():  # SPIN
    pass
