"""What recording adds to taking a lock and giving it back, in nanoseconds.

  free       with lock: pass, and nobody waits for anything
  permit     with semaphore: pass, by one thread; there the recorder notes each entry
  elsewhere  the same, while a thread waits for another lock, as an idle worker does
  contended  two threads hand the turn to each other through two locks: each acquire blocks

One process does each of these in short batches with and without `gilscope.record`, in turn. The
thread's CPU time counts, but of the last one the wall time. The fastest batches of either kind are
compared, and neighbours, because a shared machine's speed changes.

  lock_cost.py                  with the Python that runs it, which must have gilscope:
  .venvs/3.15/bin/python benchmarks/lock_cost.py --rounds 21
"""

from __future__ import annotations

import argparse
import json
import platform
import tempfile
import threading
import time
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import gilscope
from gilscope.compare.estimates import Estimate, estimate

if TYPE_CHECKING:
    from collections.abc import Iterator
    from contextlib import AbstractContextManager

BATCHES = 20  # of each kind in a round
WARM_UP = 10
CALLS = {"free": 5_000, "permit": 2_000, "elsewhere": 5_000, "contended": 200}
KINDS = tuple(CALLS)


def main() -> None:
    args = _arguments()
    found: dict[str, Estimate] = {}
    with tempfile.TemporaryDirectory(prefix="gilscope-bench-") as name:
        for kind in KINDS:
            rounds = [_one_round(kind, Path(name) / "x.gil") for _ in range(args.rounds)]
            plain, recorded = zip(*rounds, strict=True)
            found[f"{kind}_ns"] = estimate(list(plain))
            found[f"{kind}_recorded_ns"] = estimate(list(recorded))
            found[f"{kind}_ratio"] = estimate([b / a for a, b in rounds])
    print(f"Python {platform.python_version()}, {args.rounds} rounds of {BATCHES} batches")
    print(f"\n{'':24}{'median':>10}   95 % interval")
    for label, value in found.items():
        print(f"{label:24}{value.median:10.3f}   {value.low:.3f} to {value.high:.3f}")
    if args.json:
        args.json.write_text(json.dumps({k: asdict(v) for k, v in found.items()}) + "\n")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rounds", type=int, default=21, metavar="N")
    parser.add_argument("--json", type=Path, metavar="FILE")
    return parser.parse_args()


def _one_round(kind: str, trace: Path) -> tuple[float, float]:
    """ns per turn without recording, and with it."""
    batch = {"contended": _handed_over, "permit": _with_permit}.get(kind, _alone)
    with _waiter(on=kind == "elsewhere"):
        before = [batch(CALLS[kind]) for _ in range(BATCHES // 2)]
    with gilscope.record(trace, overwrite=True), _waiter(on=kind == "elsewhere"):
        recorded = [batch(CALLS[kind]) for _ in range(WARM_UP + BATCHES)][WARM_UP:]
    with _waiter(on=kind == "elsewhere"):
        after = [batch(CALLS[kind]) for _ in range(BATCHES // 2)]
    return min(before + after), min(recorded)


@contextmanager
def _waiter(*, on: bool) -> Iterator[None]:
    """A thread that waits for a lock all along."""
    lock = threading.Lock()
    lock.acquire()
    thread = threading.Thread(target=lock.acquire)
    if on:
        thread.start()
        time.sleep(0.01)
    yield
    lock.release()
    if on:
        thread.join()


def _with_permit(calls: int) -> float:
    return _with(threading.Semaphore(), calls)


def _alone(calls: int) -> float:
    return _with(threading.Lock(), calls)


def _with(lock: AbstractContextManager[object], calls: int) -> float:
    turns = range(calls)
    start = time.thread_time_ns()
    for _ in turns:
        with lock:
            pass
    return (time.thread_time_ns() - start) / calls


def _handed_over(calls: int) -> float:
    """ns from one thread's turn to the other's."""
    mine, theirs = threading.Lock(), threading.Lock()
    mine.acquire()
    theirs.acquire()

    def answer() -> None:
        for _ in range(calls):
            theirs.acquire()
            mine.release()

    thread = threading.Thread(target=answer)
    thread.start()
    start = time.perf_counter_ns()
    for _ in range(calls):
        theirs.release()
        mine.acquire()
    passed = time.perf_counter_ns() - start
    thread.join()
    return passed / calls / 2


if __name__ == "__main__":
    main()
