"""How long the prediction of a large trace takes, and how much memory: of 50 million holds.

python benchmarks/prediction_scale.py [--holds N] [--threads N] [--keep FILE]

The threads of the trace are simulated: each is off the GIL for a while, and then holds it for a
moment, or waits for it, as the rules of CPython's GIL have it. So a replay can reproduce them.
"""

from __future__ import annotations

import os
import resource
import sys
import time
from pathlib import Path

import numpy as np

sys.path[:0] = [str(Path(__file__).parents[1] / "tests")]

from analysis_scale import LINES, SAMPLE, SITES, run, samples_of  # noqa: E402 - found beside this

from gilscope.predict.programs import BLOCK, HOLD, Programs, Rules, schedule  # noqa: E402
from support.tracewriter import SAMPLER, TraceWriter  # noqa: E402 - found by the path above

_PIECE_HOLDS = 500_000
_HOLD_NS = 2_300  # on average, and now and then much longer
_LONG_NS, _LONG_SHARE = 3_000_000, 1e-4
_USED = 1.2  # of the time some thread would have the GIL, if none waited: too much for one
_HANDOVER_NS = 500


def generate(path: Path, holds: int, threads: int) -> None:
    random = np.random.default_rng(1)
    with TraceWriter(path) as out:
        out.meta(
            python="3.11.7",
            argv=["python", "scale.py"],
            start_unix_ns=1,
            sample_hz=1000.0,
            locks_recorded=True,
            gil_enabled=True,
            cpu_count=4,
            pid=1,
        )
        for table in (0, SAMPLER):
            for code in range(1, 6):
                out.code(code, f"function_{code}", f"module_{code}.py", LINES, table)
            out.paths(((1 + i, 0, 1 + i % 5, 2 * (i % 80)) for i in range(SITES)), table)
            out.sites((1 + i, 1 + i, 0) for i in range(SITES))
        now = 0
        while holds > 0:
            now = _write_piece(out, random, min(holds, _PIECE_HOLDS), threads, now)
            holds -= _PIECE_HOLDS
        for thread in range(1, threads + 1):
            out.thread(thread, f"worker-{thread}", 0, now, now // threads, main=thread == 1)
        out.meta(end_ns=now, end_reason="exit", exit_status=0, sampler="ok")


def _write_piece(
    out: TraceWriter, random: np.random.Generator, holds: int, threads: int, now: int
) -> int:
    of_each = holds // threads
    holds = of_each * threads
    held = random.exponential(_HOLD_NS, holds).astype(np.int64) + 100
    held[random.random(holds) < _LONG_SHARE] += _LONG_NS
    off_ns = held.mean() * threads / _USED
    value = np.stack([random.exponential(off_ns, holds).astype(np.int64) + 100, held], axis=1)
    programs = Programs(
        np.arange(0, 2 * holds + 1, 2 * of_each),
        np.tile(np.array([BLOCK, HOLD], np.uint8), holds),
        value.ravel(),
        np.zeros(2 * holds, np.uint32),
        0,
    )
    done = schedule(programs, Rules(gil=True, handover_ns=_HANDOVER_NS))
    release = done.end_ns[1::2] + now
    acquire, request = release - held, done.begin_ns[1::2] + now
    order = np.argsort(acquire, kind="stable")
    rows = np.empty(holds, np.dtype("<u8,<u8,<u8,<u4,<u4"))
    thread = done.thread[1::2] + 1
    site = random.integers(1, SITES + 1, holds)
    for name, column in zip(
        rows.dtype.names, (request, acquire, release, thread, site), strict=True
    ):
        rows[name] = column[order]
    out.holds(rows)
    samples = samples_of(random, now, acquire[order], release[order], thread[order])
    out.chunk(7, samples.astype(SAMPLE).view(np.uint8).data, SAMPLER)
    return int(release.max())


def measure(path: Path) -> None:
    from gilscope.predict import predict  # noqa: PLC0415 - in the process that is measured
    from gilscope.trace import load  # noqa: PLC0415 - as above

    start = time.perf_counter()
    trace = load(path)
    prediction = predict(trace)
    took = time.perf_counter() - start
    used = time.process_time()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1 << 20)
    print(f"{trace.hold_count():,} holds, {len(trace.threads)} threads, {trace.size_bytes:,} bytes")
    print(f"load + predict: {took:.2f} s ({used:.2f} s of CPU time), peak RSS {peak:.2f} GiB")
    print(f"{os.cpu_count()} cores, load average {os.getloadavg()[0]:.1f}")
    print(f"replay error {prediction.replay_error}, withheld {prediction.withheld}")
    print(f"recorded {prediction.recorded_ns / 1e9:.3f} s")
    for row in prediction.rows:
        low, high = row.low_ns / 1e9, row.high_ns / 1e9
        print(f"  {row.scenario} {row.cores}: {row.wall_ns / 1e9:.3f} s ({low:.3f} to {high:.3f})")
    for each in prediction.what_helps[:5]:
        print(f"  {each.change} {each.line}: {each.gain:.3f} ({each.low:.3f} to {each.high:.3f})")


if __name__ == "__main__":
    run(__doc__, generate, measure)
