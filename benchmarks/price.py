"""Predictions of real computing, against a run without the GIL: is the price of free threading in them?

python benchmarks/price.py --python .venvs/3.13t/bin/python [--rounds N] [--only NAME ...]

Each program computes in two threads. It is recorded by one free-threaded build with its GIL on, and
run with it off, some times. What counts is the CPU time of the thread that needs most: what the
run would take on two cores of its own, also where other programs have them. The interval is predicted with the price that is documented, and with
the one that `gilscope predict --calibrate` measures; what contains the median run, and how wide is it?
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
threads = [threading.Thread(target=run) for _ in range(2)]
for each in threads: each.start()
for each in threads: each.join()
print(max(took))
"""
# What one call of each does takes about a millisecond.
PROGRAMS = {
    "arithmetic": "def work():\n    total = 0\n    for i in range(15000): total = (total + i * 3) & 65535",
    "floats": "def work():\n    x = 0.5\n    for i in range(20000): x = x * 0.5 + i",
    "attributes": "def work():\n    t = Thing()\n    for i in range(9000): t.value = t.value + 1",
    "calls": "def f(a, b): return a + b\ndef work():\n    t = 0\n    for i in range(12000): t = f(t, i) & 255",
    "allocation": "def work():\n    for i in range(3000):\n        t = Thing(); t.next = [i]",
    "lists": "def work():\n    items = []\n    for i in range(10000): items.append(i)\n    items.sort()",
    "dictionaries": "def work():\n    d = {}\n    for i in range(8000): d[i & 255] = d.get(i & 127)",
    "texts": "def work():\n    for i in range(3000): '-'.join(f'{i},{i}'.split(','))",
    "recursion": "def fib(n): return n if n < 2 else fib(n - 1) + fib(n - 2)\ndef work(): fib(16)",
    "same objects": "def work():\n    for i in range(12000):\n        t = shared[i & 63]; u = t.next; v = t",
    "same dictionary": "d = {i: i for i in range(64)}\ndef work():\n    for i in range(12000): x = d[i & 63]",
    "hashing": "import hashlib\nb = b'x' * 500000\ndef work(): hashlib.sha256(b).digest()",
}


def _environment(gil: int) -> dict[str, str]:
    return {**os.environ, "PYTHON_GIL": str(gil)}


def _ran_s(python: str, program: Path) -> float:
    done = subprocess.run(
        [python, str(program)], env=_environment(0), capture_output=True, check=True
    )
    return float(done.stdout)


def _recorded(python: str, program: Path, folder: Path) -> Path:
    trace = folder / f"{program.stem}.gil"
    command = [sys.executable, "-m", "gilscope", "run", "--no-report", "-o", str(trace), "--"]
    subprocess.run(
        [*command, python, str(program)], env=_environment(1), capture_output=True, check=True
    )
    return trace


def _row(trace: Path, price: Price) -> tuple[Row | None, float]:
    with load(trace) as read:
        prediction = predict(read, price=price)
    rows = [each for each in prediction.rows if each.scenario == "no-gil"]
    own = next(
        (each for each in rows if each.cores == prediction.cores), rows[-1] if rows else None
    )
    return own, prediction.recorded_ns / 1e9


def _said(row: Row, actual_s: float) -> str:
    low, high = row.low_ns / 1e9, row.high_ns / 1e9
    word = "yes" if low <= actual_s <= high else "no"
    return f"{low:.2f} to {high:.2f} s, {word}, width {(high - low) / actual_s:.2f}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--python", required=True)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--turns", type=int, default=500)
    parser.add_argument("--only", nargs="*", default=list(PROGRAMS))
    arguments = parser.parse_args()
    calibration, _ = calibrate(arguments.python)
    measured = price_of(calibration, own_build=True)
    print(f"{measured}\nload average {os.getloadavg()[0]:.1f}, {time.strftime('%Y-%m-%d')}")
    with tempfile.TemporaryDirectory() as name:
        for title in arguments.only:
            folder = Path(name)
            program = folder / f"{title.replace(' ', '_')}.py"
            program.write_text(FRAME.format(body=PROGRAMS[title], turns=arguments.turns))
            trace = _recorded(arguments.python, program, folder)
            ran = [_ran_s(arguments.python, program) for _ in range(arguments.rounds)]
            found = [_row(trace, each) for each in (assumed("3.13"), measured)]
            (before, recorded_s), (after, _) = found
            if before is None or after is None:
                print(f"{title}: nothing is predicted")
                continue
            actual_s = statistics.median(ran)
            priced = (after.priced_ns or 0) / 1e9
            print(
                f"{title}: recorded {recorded_s:.2f}, ran {actual_s:.2f} ({min(ran):.2f} to"
                f" {max(ran):.2f}), replayed {after.wall_ns / 1e9:.2f}, priced {priced:.2f};"
                f" assumed {_said(before, actual_s)}; measured {_said(after, actual_s)}",
                flush=True,
            )


if __name__ == "__main__":
    main()
