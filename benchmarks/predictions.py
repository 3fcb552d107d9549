"""How right predictions are: programs that compute by sleeping with the GIL, recorded and run.

Each is recorded with its GIL on, and run with it off by the same free-threaded Python, at once
afterwards. What is shown is the median of how far the replay with a core for each thread is off,
in per cent of the real run; how often the real time lay between its limits; and what arithmetic
says that it takes. Both run at a real-time priority where that is allowed (`chrt`), so that they
wake up in time on a busy machine.

  predictions.py .venvs/3.13t/bin/python               all programs, one recording of each
  predictions.py .venvs/3.13t/bin/python --times 3 stealing many
"""

from __future__ import annotations

import argparse
import ast
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

import gilscope
from gilscope.predict import Prediction, Scenario, predict

PROGRAMS = Path(__file__).parent.parent / "tests" / "programs"
SOURCES = (
    "predictable.py",
    "predictable_protocols.py",
    "predictable_shapes.py",
    "predictable_unseen.py",
)
CLOSE, NEAR = 5, 10  # per cent
MOST_TRIES = 5  # for one recording that is not withheld


@dataclass(frozen=True, slots=True)
class Outcome:
    """Seconds, of the program itself: as replayed, and its limits; as run, and by arithmetic."""

    low_s: float
    replayed_s: float
    high_s: float
    real_s: float
    free_s: float

    @property
    def off(self) -> float:
        """How much longer than in truth, in per cent."""
        return 100 * (self.replayed_s / self.real_s - 1)

    @property
    def is_within(self) -> bool:
        return self.low_s <= self.real_s <= self.high_s


def main() -> None:
    args = _arguments()
    known = shapes()
    all_off, all_within, withheld = [], [], []
    print(f"{'program':20}{'off by':>8}{'each':>26}  in limits  {'real':>7}{'arithmetic':>11}  s")
    for shape in args.shapes or known:
        found = [_tried(args.python, known[shape], shape) for _ in range(args.times)]
        outcomes = [each for each in found if each is not None]
        if not outcomes:
            withheld.append(shape)
            continue
        off = statistics.median(each.off for each in outcomes)
        within = sum(each.is_within for each in outcomes)
        all_off.append(off)
        all_within.append(2 * within > len(outcomes))
        each_off = " ".join(f"{each.off:+.1f}" for each in outcomes)
        real_s = statistics.median(each.real_s for each in outcomes)
        print(
            f"{shape:20}{off:+7.1f}%{each_off:>26}  {within} of {len(outcomes)}     "
            f"{real_s:7.3f}{outcomes[0].free_s:11.3f}",
            flush=True,
        )
    near, close = (sum(abs(off) <= most for off in all_off) for most in (NEAR, CLOSE))
    print(f"{len(all_off)} programs: {near} within {NEAR} %, {close} within {CLOSE} %,", end=" ")
    print(f"{sum(all_within)} in their limits; withheld: {', '.join(withheld) or 'none'}")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("python", help="a free-threaded Python that has gilscope")
    parser.add_argument("shapes", nargs="*", metavar="SHAPE")
    parser.add_argument("--times", type=int, default=1, metavar="N")
    return parser.parse_intermixed_args()


def shapes() -> dict[str, Path]:
    """Name the functions that say what they take without the GIL, and where each is."""
    found = {}
    for source in SOURCES:
        for node in ast.parse((PROGRAMS / source).read_text()).body:
            if isinstance(node, ast.FunctionDef) and isinstance(node.body[-1], ast.Return):
                found[node.name] = PROGRAMS / source
    return found


def _tried(python: str, source: Path, shape: str) -> Outcome | None:
    """Record it until a prediction is not withheld, and run it; None: it always was."""
    command = [python, str(source), shape]
    for _ in range(MOST_TRIES):
        with tempfile.TemporaryDirectory(prefix="gilscope-bench-") as folder:
            trace = Path(folder) / "x.gil"
            words = [sys.executable, "-m", "gilscope", "run", "--no-report", "-o", str(trace), "--"]
            itself = _run([*words, *command], gil="1")
            prediction = predict(gilscope.load(trace))
        if prediction.withheld is None:
            real_s = _run(command, gil="0")["wall_s"]
            return _outcome(prediction, itself, real_s)
    return None


def _outcome(prediction: Prediction, itself: dict[str, float], real_s: float) -> Outcome:
    free = prediction.rows[-1]
    assert (free.scenario, free.cores) == (Scenario.NO_GIL, None)
    around_s = prediction.recorded_ns / 1e9 - itself["wall_s"]
    low, replayed, high = (each / 1e9 for each in (free.low_ns, free.wall_ns, free.high_ns))
    return Outcome(low - around_s, replayed - around_s, high - around_s, real_s, itself["free_s"])


def _run(command: list[str], *, gil: str) -> dict[str, float]:
    environment = {**os.environ, "PYTHON_GIL": gil}
    done = subprocess.run(
        [*_real_time(), *command], env=environment, capture_output=True, text=True, check=True
    )
    truth: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return truth


def _real_time() -> list[str]:
    words = [shutil.which("chrt") or "", "-f", "1"]
    allowed = words[0] and not subprocess.run([*words, "true"], check=False).returncode
    return words if allowed else []


if __name__ == "__main__":
    main()
