"""Never ends: hang.py holding|deadlock. Announces itself on a FIFO, to be killed."""

import re
import sys
import threading
import time

from _truth import fib, line_of, ready, tell

kind = sys.argv[1]
SLOW = re.compile(r"(a+)+$")


def hold_forever() -> None:
    SLOW.match("a" * 60 + "b")  # the holder


def wait_forever() -> None:
    while True:
        time.sleep(0.001)  # the waiter


def deadlock() -> None:
    one, other = threading.Lock(), threading.Lock()
    barrier = threading.Barrier(2)

    def take(first: threading.Lock, second: threading.Lock) -> None:
        with first:
            barrier.wait()
            with second:
                raise AssertionError

    threading.Thread(target=take, args=(one, other), name="left").start()
    threading.Thread(target=take, args=(other, one), name="right").start()


fib(18)
tell(holder=line_of("the holder", __file__), waiter=line_of("the waiter", __file__))
if kind == "holding":
    threading.Thread(target=wait_forever, name="waiter").start()
    time.sleep(0.05)
    ready()
    hold_forever()
else:
    deadlock()
    time.sleep(0.05)
    ready()
    wait_forever()
