"""A thread asks a connection to another process without a pause, while others compute.

source: sonyxperiadev/pygerrit#13
kind: busy-wait
line: ASKS
harmful: processes
"""

import multiprocessing
import threading

here, there = multiprocessing.Pipe()


def compute():
    total = 0
    for number in range(8_000_000):
        total += number
    there.send(total)


thread = threading.Thread(target=compute)
thread.start()
while not here.poll():  # ASKS
    pass
print(here.recv())
thread.join()
