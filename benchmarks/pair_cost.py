"""What recording adds to one uncontended release and acquire of the GIL, in nanoseconds.

One process calls a function that releases the GIL and does nothing (abs, through ctypes), in short
batches with and without `gilscope.record` (or `gilscope.watch`), in turn; what counts is the
thread's CPU time, so other programs disturb it less. A recording's first 50,000 calls are not
counted: they touch fresh pages.
A shared machine's speed can change twofold within a minute, so neighbours are compared, and each
round also measures what reading a clock costs: the recorder cannot do without two reads per pair,
and where the machine is twice as slow, so is all of this.

  pair_cost.py                  with the Python that runs it, which must have gilscope:
  .venvs/3.15/bin/python benchmarks/pair_cost.py --depth 30
  pair_cost.py --watch          what being watched adds
"""

from __future__ import annotations

import argparse
import ctypes
import json
import platform
import subprocess
import tempfile
import time
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

import gilscope
from gilscope.compare.estimates import Estimate, estimate

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager

SOURCE = Path(__file__).with_name("clocks.c")
HEADERS = Path(__file__).parent.parent / "native"
CALLS = 5_000
BATCHES = 20  # of each kind in a round
WARM_UP = 50_000 // CALLS
CLOCK_READS = 5_000
LABELS = {
    "pair_ns": "a pair, difference of the fastest batches",
    "pair_median_ns": "a pair, difference of the median batches",
    "call_ns": "for scale: the call without recording",
    "clock_gettime_ns": "for scale: clock_gettime(CLOCK_MONOTONIC)",
    "counter_ns": "for scale: the CPU's counter (rdtsc)",
}


@dataclass(frozen=True, slots=True)
class Round:
    """ns per call or per clock read, of neighbouring batches."""

    pair_ns: float
    pair_median_ns: float
    call_ns: float
    clock_gettime_ns: float
    counter_ns: float


def main() -> None:
    args = _arguments()
    with tempfile.TemporaryDirectory(prefix="gilscope-bench-") as name:
        folder = Path(name)
        clocks = _clocks(folder)
        observed = _watched if args.watch else partial(_recorded, folder / "x.gil")
        rounds = [_one_round(args.depth, clocks, observed) for _ in range(args.rounds)]
    estimates = {
        field: estimate([getattr(each, field) for each in rounds]) for field in Round.__slots__
    }
    what = "being watched" if args.watch else "recording"
    print(f"Python {platform.python_version()}, call depth {args.depth}, {args.rounds} rounds of")
    print(f"{BATCHES} batches of {CALLS:,} calls with and without {what}; ns")
    print(f"\n{'':44}{'median':>8}   95 % interval      all rounds")
    for field, label in LABELS.items():
        print(f"{label:44}{_row(estimates[field])}")
    if args.json:
        args.json.write_text(json.dumps({k: asdict(v) for k, v in estimates.items()}) + "\n")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rounds", type=int, default=21, metavar="N")
    parser.add_argument("--depth", type=int, default=1, metavar="N", help="Python frames below")
    parser.add_argument("--watch", action="store_true", help="not recorded, but watched")
    parser.add_argument("--json", type=Path, metavar="FILE")
    return parser.parse_args()


def _row(value: Estimate) -> str:
    return (
        f"{value.median:8.1f}   {value.low:6.1f} to {value.high:6.1f}"
        f"   {value.least:6.1f} to {value.most:6.1f}"
    )


def _clocks(folder: Path) -> ctypes.CDLL:
    subprocess.run(
        ["cc", "-O2", "-shared", "-fPIC", "-I", HEADERS, SOURCE, "-o", folder / "clocks.so"],
        check=True,
    )
    clocks = ctypes.CDLL(str(folder / "clocks.so"))
    for function in (clocks.clock_gettime_cost_ns, clocks.counter_cost_ns):
        function.argtypes = [ctypes.c_long]
        function.restype = ctypes.c_double
    return clocks


def _recorded(trace: Path) -> AbstractContextManager[object]:
    return gilscope.record(trace, overwrite=True)


@contextmanager
def _watched() -> Iterator[None]:
    watch = gilscope.watch()
    yield
    watch.stop()


def _one_round(
    depth: int, clocks: ctypes.CDLL, observed: Callable[[], AbstractContextManager[object]]
) -> Round:
    before = _nested(depth, BATCHES // 2)
    with observed():
        recorded = _nested(depth, WARM_UP + BATCHES)[WARM_UP:]
    plain = before + _nested(depth, BATCHES // 2)
    return Round(
        pair_ns=min(recorded) - min(plain),
        pair_median_ns=median(recorded) - median(plain),
        call_ns=min(plain),
        clock_gettime_ns=min(clocks.clock_gettime_cost_ns(CLOCK_READS) for _ in range(BATCHES)),
        counter_ns=min(clocks.counter_cost_ns(CLOCK_READS) for _ in range(BATCHES)),
    )


def _nested(depth: int, batches: int) -> list[float]:
    if depth > 1:
        return _nested(depth - 1, batches)
    function = ctypes.CDLL(None).abs
    return [_batch(function) for _ in range(batches)]


def _batch(function: Callable[[int], object]) -> float:
    """ns per call of a function that lets go of the GIL and takes it again."""
    calls = range(CALLS)
    start = time.thread_time_ns()
    for _ in calls:
        function(1)
    return (time.thread_time_ns() - start) / CALLS


if __name__ == "__main__":
    main()
