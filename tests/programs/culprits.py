"""One line that keeps the GIL, then an innocent function that gives it up.

culprits.py NAME SECONDS

A drop request is honoured in the *next* function, so the release alone names the wrong one.
"""

import csv
import pickle
import random
import re
import sys
import tempfile
import time

from _truth import line_of, tell, waiter

name, seconds = sys.argv[1], float(sys.argv[2])
big = 7**45_000 if name == "pow" else 0
big_list = [0] * 4_000_000 if name == "in" else []
numbers = [random.random() for _ in range(120_000)] if name == "sorted" else []
text = "a" * 19 + "b"
slow = re.compile(r"(a+)+$")  # re.match() would put a frame of Python around the call
rows = [(i, str(i), i / 7) for i in range(40_000)] if name in ("csv", "pickle") else []
scratch = tempfile.TemporaryFile("w+b" if name == "pickle" else "w+", newline=None)


def culprit_pow() -> None:
    big**3  # culprit pow


def culprit_in() -> None:
    -1 in big_list  # culprit in


def culprit_sorted() -> None:
    sorted(numbers)  # culprit sorted


def culprit_regex() -> None:
    slow.match(text)  # culprit regex


def culprit_csv() -> None:
    csv.writer(scratch).writerows(rows)  # culprit csv


def culprit_pickle() -> None:
    pickle.dump(rows, scratch)  # culprit pickle


def innocent() -> int:
    total = 0
    for i in range(300):
        total += abs(i)
    return total


def main() -> None:
    culprit = globals()[f"culprit_{name}"]
    calls, culprit_s, innocent_s = 0, 0.0, 0.0
    with waiter():
        end = time.perf_counter() + seconds
        while (start := time.perf_counter()) < end:
            culprit()
            between = time.perf_counter()
            innocent()
            culprit_s += between - start
            innocent_s += time.perf_counter() - between
            scratch.seek(0)
            calls += 1
    tell(
        function=culprit.__name__,
        line=line_of(f"culprit {name}", __file__),
        share=culprit_s / (culprit_s + innocent_s),
        calls=calls,
        call_s=culprit_s / calls,
    )


main()
