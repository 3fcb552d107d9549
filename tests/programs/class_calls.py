"""Calls a class from one line, beside a waiter; some of the time goes into leaving `__init__`.

class_calls.py SECONDS

Once such a call is specialised, CPython 3.13 and later put a frame of their own between the line
and `__init__`. It is the innermost one while the locals of `__init__` go: here a tuple of many, and
a file, whose closing releases the GIL.
"""

import sys
import time

from _truth import line_of, tell, waiter


class Built:
    def __init__(self, size: int) -> None:
        numbers = (0.5,) * size
        self.rows = [[each] for each in numbers]
        _rows, self.rows = self.rows, []
        _file = open("/dev/null", "rb", buffering=0)


def build() -> None:
    Built(20_000)  # the call


def main() -> None:
    calls = 0
    with waiter():
        end = time.perf_counter() + float(sys.argv[1])
        while time.perf_counter() < end:
            build()
            calls += 1
    tell(line=line_of("the call", __file__), calls=calls)


main()
