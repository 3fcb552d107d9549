"""Predictions of real computing, against runs without the GIL: is its price in them?

python benchmarks/price.py --python .venvs/3.13t/bin/python [--rounds N] [--only NAME ...]

Each program computes in two threads. One free-threaded build runs it with its GIL on and off, by
turns. The ratio of the CPU times of the thread that needs most is what free threading costs that
program, also where other programs have the cores; the fastest of some rounds counts. Does the price
contain it, as documented, and as `gilscope predict --calibrate` measures it? Then the same with
wall time: the run with the GIL on is recorded, and what is predicted of it compared with the runs
without. That needs two cores for the program alone.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from gilscope.calibrate import calibrate, price_of
from gilscope.predict import Price, Row, predict
from gilscope.predict.price import assumed
from gilscope.trace import load

FRAME = """
import threading, time
class Thing:
    def __init__(self): self.value, self.next = 0, None
shared = [Thing() for _ in range(64)]
{body}
def run():
    for _ in range({turns}): work()
    took.append(time.thread_time())
took = []
began = time.perf_counter()
threads = [threading.Thread(target=run) for _ in range(2)]
for each in threads: each.start()
for each in threads: each.join()
print(time.perf_counter() - began, max(took))
"""
# What one call of `work` does takes about a millisecond.
PROGRAMS = {
    "arithmetic": """
def work():
    total = 0
    for i in range(15000): total = (total + i * 3) & 65535
""",
    "floats": """
def work():
    x = 0.5
    for i in range(20000): x = x * 0.5 + i
""",
    "attributes": """
def work():
    thing = Thing()
    for i in range(9000): thing.value = thing.value + 1
""",
    "calls": """
def add(one, other): return one + other
def work():
    total = 0
    for i in range(12000): total = add(total, i) & 255
""",
    "allocation": """
def work():
    for i in range(3000): thing = Thing(); thing.next = [i]
""",
    "lists": """
def work():
    items = []
    for i in range(10000): items.append(i)
    items.sort()
""",
    "dictionaries": """
def work():
    table = {}
    for i in range(8000): table[i & 255] = table.get(i & 127)
""",
    "texts": """
def work():
    for i in range(3000): '-'.join(f'{i},{i}'.split(','))
""",
    "recursion": """
def fib(n): return n if n < 2 else fib(n - 1) + fib(n - 2)
def work(): fib(16)
""",
    "same objects": """
def work():
    for i in range(12000): one = shared[i & 63]; other = one.next; again = one
""",
    "same dictionary": """
table = {i: i for i in range(64)}
def work():
    for i in range(12000): found = table[i & 63]
""",
    "hashing": """
import hashlib
data = b'x' * 500000
def work(): hashlib.sha256(data).digest()
""",
}


def _ran(python: str, program: Path, gil: int) -> tuple[float, float]:
    """Return wall time, and the CPU time of the thread that needs most."""
    command = [python, str(program)]
    done = subprocess.run(command, env=_environment(gil), capture_output=True, check=True)
    wall, used = map(float, done.stdout.split())
    return wall, used


def _environment(gil: int) -> dict[str, str]:
    return {**os.environ, "PYTHON_GIL": str(gil)}


def _recorded(python: str, program: Path) -> Path:
    trace = program.with_suffix(".gil")
    command = [sys.executable, "-m", "gilscope", "run", "--no-report", "-o", str(trace), "--"]
    whole = [*command, python, str(program)]
    subprocess.run(whole, env=_environment(1), capture_output=True, check=True)
    return trace


def _row(trace: Path, price: Price) -> Row | None:
    with load(trace) as read:
        prediction = predict(read, price=price)
    rows = [each for each in prediction.rows if each.scenario == "no-gil"]
    last = rows[-1] if rows else None
    return next((each for each in rows if each.cores == prediction.cores), last)


def _contains(low: float, high: float, actual: float) -> str:
    word = "contains it" if low <= actual <= high else "DOES NOT"
    return f"{low:.2f} to {high:.2f} {word} (width {high - low:.2f})"


def _compare(python: str, program: Path, rounds: int, prices: list[Price]) -> None:
    trace = _recorded(python, program)
    runs: dict[int, list[tuple[float, float]]] = {0: [], 1: []}
    for _ in range(rounds):
        for gil, found in runs.items():
            found.append(_ran(python, program, gil))
    used = {gil: min(each[1] for each in found) for gil, found in runs.items()}
    ratio = used[0] / used[1]
    print(f"{program.stem}: CPU time without its GIL : with it {ratio:.2f}", flush=True)
    for price in prices:
        kind = "measured" if price.is_measured else "assumed"
        print(f"  {kind} price {_contains(price.low, price.beside, ratio)}")
        row = _row(trace, price)
        if row is not None:
            wall_s = statistics.median(each[0] for each in runs[0])
            limits = row.low_ns / 1e9, row.high_ns / 1e9
            print(f"    wall {wall_s:.2f} s, predicted {_contains(*limits, wall_s)}", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--python", required=True)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--turns", type=int, default=200)
    parser.add_argument("--only", nargs="*", default=list(PROGRAMS))
    arguments = parser.parse_args()
    calibration, _ = calibrate(arguments.python)
    prices = [assumed("3.13"), price_of(calibration, own_build=True)]
    print(f"{prices[1]}\nload average {os.getloadavg()[0]:.1f}, {time.strftime('%Y-%m-%d')}")
    with tempfile.TemporaryDirectory() as name:
        for title in arguments.only:
            program = Path(name, f"{title.replace(' ', '_')}.py")
            program.write_text(FRAME.format(body=PROGRAMS[title], turns=arguments.turns))
            _compare(arguments.python, program, arguments.rounds, prices)


if __name__ == "__main__":
    main()
