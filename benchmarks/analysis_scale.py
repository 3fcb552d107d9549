"""How long a large trace takes to analyse, and how much memory: 50 million holds, 100 threads.

python benchmarks/analysis_scale.py [--holds N] [--threads N] [--keep FILE]
"""

from __future__ import annotations

import argparse
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

sys.path[:0] = [str(Path(__file__).parents[1] / "tests")]

from gilscope.analysis import analyze  # noqa: E402 - found by the path above
from gilscope.trace import load  # noqa: E402
from support.tracewriter import SAMPLER, UNMEASURED, TraceWriter  # noqa: E402

if TYPE_CHECKING:
    from collections.abc import Callable

LINES = range(10, 90)
SITES = 200
_PIECE_ROWS = 1 << 20
_CONTENDED = 0.3  # of all holds had to wait for the GIL
_RESUME = np.dtype("<u8,<u8,<u8,<u4,<u4")
SAMPLE = np.dtype("<u8,<u8,<u4,<u4,<u4,<u4")


def generate(path: Path, holds: int, threads: int) -> None:
    """Threads that take turns at random, for about 2 µs each and now and then much longer."""
    random = np.random.default_rng(1)
    with TraceWriter(path) as out:
        out.meta(python="3.11.7", argv=["python", "scale.py"], start_unix_ns=1, sample_hz=1000.0)
        for table in (0, SAMPLER):
            for code in range(1, 6):
                out.code(code, f"function_{code}", f"module_{code}.py", LINES, table)
            out.paths(((1 + i, 0, 1 + i % 5, 2 * (i % 80)) for i in range(SITES)), table)
        out.sites((1 + i, 1 + i, i % 2) for i in range(SITES))
        last = np.zeros(threads + 1, np.int64)  # when each thread let go
        now = 0
        for first in range(0, holds, _PIECE_ROWS):
            count = min(_PIECE_ROWS, holds - first)
            now = _write_piece(out, random, first, count, threads, now, last)
        for thread in range(1, threads + 1):
            out.thread(thread, f"worker-{thread}", 0, now, now // 50, main=thread == 1)
        out.meta(end_ns=now, end_reason="exit", exit_status=0, sampler="ok")


def _write_piece(
    out: TraceWriter,
    random: np.random.Generator,
    first: int,
    count: int,
    threads: int,
    now: int,
    last: np.ndarray,
) -> int:
    length = random.exponential(2_000, count).astype(np.int64) + 100
    length[random.random(count) < 1e-4] += 5_000_000
    gap = random.integers(200, 800, count)
    end = now + np.cumsum(length + gap)
    acquire = end - length
    thread = random.integers(1, threads + 1, count)
    # A wait begins somewhere after the same thread's last release.
    order = np.argsort(thread, kind="stable")
    before = np.empty(count, np.int64)
    before[order[1:]] = end[order[:-1]]
    starts = np.flatnonzero(np.diff(thread[order], prepend=0))
    before[order[starts]] = last[thread[order[starts]]]
    last[thread] = end
    waited = random.random(count) < _CONTENDED
    wait = ((acquire - before) * random.random(count)).astype(np.int64)
    rows = np.empty(count, np.dtype("<u8,<u8,<u8,<u4,<u4"))
    site = random.integers(1, SITES + 1, count)
    columns = (acquire - wait * waited, acquire, end, thread, site)
    for name, column in zip(rows.dtype.names, columns, strict=True):
        rows[name] = column
    out.holds(rows)
    contended = np.flatnonzero(waited)
    resumes = np.zeros(len(contended), _RESUME)
    resumes["f0"] = contended + first
    resumes["f2"] = UNMEASURED
    resumes["f3"] = site[contended]
    out.chunk(6, resumes.view(np.uint8).data, 0)
    out.chunk(7, samples_of(random, now, acquire, end, thread).view(np.uint8).data, SAMPLER)
    return int(end[-1])


def samples_of(
    random: np.random.Generator,
    now: int,
    acquire: np.ndarray,
    end: np.ndarray,
    thread: np.ndarray,
) -> np.ndarray:
    """One about every millisecond."""
    times = np.arange(now, int(end[-1]), 1_000_000) + random.integers(0, 500_000)
    hold = np.maximum(np.searchsorted(acquire, times, side="right") - 1, 0)
    inside = (times >= acquire[hold]) & (times < end[hold])
    times, hold = times[inside], hold[inside]
    samples = np.zeros(len(times), SAMPLE)
    columns = (times, acquire[hold], thread[hold], random.integers(1, SITES + 1, len(times)))
    for name, column in zip(samples.dtype.names[:4], columns, strict=True):
        samples[name] = column
    samples["f5"] = 1
    return samples


def measure(path: Path) -> None:
    start = time.perf_counter()
    trace = load(path)
    analysis = analyze(trace)
    took = time.perf_counter() - start
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1 << 20)
    print(f"{trace.hold_count():,} holds, {len(trace.threads)} threads, {trace.size_bytes:,} bytes")
    used = time.process_time()
    load_average = os.getloadavg()[0]
    print(f"load + analyze: {took:.2f} s ({used:.2f} s of CPU time), peak RSS {peak:.2f} GiB")
    print(f"{os.cpu_count()} cores, load average {load_average:.1f}")
    print(f"wait {analysis.gil.wait_s:.1f} s, contended {analysis.gil.contended_fraction:.4f},")
    print(
        f"blame {sum(row.caused_wait_s for row in analysis.blame):.1f} s, {analysis.verdict.kind}"
    )
    print(*analysis.warnings, sep="\n")


def run(
    doc: str | None,
    generate: Callable[[Path, int, int], None],
    measure: Callable[[Path], None],
) -> None:
    """Generate a trace as the command line has it, and measure it in a process of its own."""
    parser = argparse.ArgumentParser(description=doc)
    parser.add_argument("--holds", type=int, default=50_000_000)
    parser.add_argument("--threads", type=int, default=100)
    parser.add_argument("--keep", type=Path, help="write the trace here and leave it there")
    parser.add_argument("--measure", type=Path, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.measure:
        measure(arguments.measure)
        return
    with tempfile.TemporaryDirectory() as folder:
        path = arguments.keep or Path(folder, "scale.gil")
        if not path.exists():
            generate(path, arguments.holds, arguments.threads)
        # In a process of its own: generating must not count.
        subprocess.run([sys.executable, *sys.argv[:1], "--measure", str(path)], check=True)


if __name__ == "__main__":
    run(__doc__, generate, measure)
