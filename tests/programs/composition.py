"""Holds of a known composition that end in an innocent blocking call, beside a waiter.

composition.py SWITCH_INTERVAL_S SECONDS

With a long interval nobody asks the holder to let go: each hold runs through all three functions.
"""

import sys
import time

from _truth import tell, waiter

UNIT_S = 0.0005


def seventy() -> None:
    end = time.perf_counter() + 70 * UNIT_S
    while time.perf_counter() < end:
        pass


def twenty() -> None:
    end = time.perf_counter() + 20 * UNIT_S
    while time.perf_counter() < end:
        pass


def ten() -> None:
    end = time.perf_counter() + 10 * UNIT_S
    while time.perf_counter() < end:
        pass


def innocent() -> None:
    time.sleep(0.002)


def main() -> None:
    sys.setswitchinterval(float(sys.argv[1]))
    spent_s = dict.fromkeys(("seventy", "twenty", "ten"), 0.0)
    with waiter():
        end = time.perf_counter() + float(sys.argv[2])
        while time.perf_counter() < end:
            for function in (seventy, twenty, ten):
                start = time.perf_counter()
                function()
                spent_s[function.__name__] += time.perf_counter() - start
            innocent()
    total = sum(spent_s.values())
    tell(shares={name: seconds / total for name, seconds in spent_s.items()}, busy_s=total)


main()
