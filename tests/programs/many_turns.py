"""Lets go of the GIL very often, at known places: `many_turns.py COUNT`.

Truth: in `alone` the main thread writes COUNT times while no other thread wants the GIL; in
`in_turn` it writes and reads in turn, COUNT times each. Nobody waits for any of these turns. Then
two threads write in `beside`, COUNT times together, and wait for each other as chance has it.
"""

import os
import sys
import threading

from _truth import tell

count = int(sys.argv[1])
both = threading.Barrier(2)
nowhere = os.open(os.devnull, os.O_RDWR)


def alone() -> None:
    for _ in range(count):
        os.write(nowhere, b"x")


def in_turn() -> None:
    for _ in range(count):
        os.write(nowhere, b"x")
        os.read(nowhere, 1)


def beside() -> None:
    both.wait()
    for _ in range(count // 2):
        os.write(nowhere, b"x")


alone()
in_turn()
threads = [threading.Thread(target=beside, name=f"beside {i}") for i in range(2)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
tell(count=count)
