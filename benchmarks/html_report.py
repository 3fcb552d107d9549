"""How long the page of a large trace takes to make, its size, and how much memory that takes.

python benchmarks/html_report.py [--holds N …] [--processes N] [--folder FOLDER] [--chromium PATH]

With Chromium and Playwright (for Python) it also says how long the page takes to open.
"""

from __future__ import annotations

import argparse
import importlib.util
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

sys.path[:0] = [str(Path(__file__).parents[1] / each) for each in ("tests", "benchmarks")]


from support.tracewriter import SAMPLER, TraceWriter, holds_array  # noqa: E402

HOLDS = (10_000, 1_000_000, 10_000_000)
THREADS = 100
PROCESSES = 200
OF_A_PROCESS = 5_000  # holds


def generate_fleet(folder: Path, processes: int) -> None:
    """Processes with four threads each, which take turns; a file for each, on one host."""
    folder.mkdir(exist_ok=True)
    for number in range(processes):
        random = np.random.default_rng(number)
        length = random.exponential(200_000, OF_A_PROCESS).astype(np.int64) + 1_000
        release = np.cumsum(length)
        acquire = release - length
        thread = 1 + np.arange(OF_A_PROCESS) % 4
        request = np.concatenate([[0] * 4, release[:-4]])
        with TraceWriter(folder / f"worker-{number:03}.gil") as out:
            out.meta(
                python="3.11.7", argv=["python", "worker.py"], pid=1000 + number, host="here",
                host_clock="one", start_unix_ns=10**18, start_monotonic_ns=number * 1_000_000,
                switch_interval_ns=5_000_000,
            )  # fmt: skip
            for table in (0, SAMPLER):
                out.code(1, "work", "/app/worker.py", [3], table)
                out.paths([(1, 0, 1, 0)], table)
            out.sites([(1, 1, 0)])
            columns = (np.minimum(request, acquire), acquire, release, thread)
            rows = zip(*(each.tolist() for each in columns), [1] * OF_A_PROCESS, strict=True)
            out.holds(holds_array(rows))
            end = int(release[-1])
            for each in range(1, 5):
                out.thread(each, f"worker_{each}", 0, end, main=each == 1, ended=False)
            out.meta(end_ns=end, end_reason="exit", exit_status=0)


def measure(source: Path, page: Path) -> None:
    """Make the page; print what that took."""
    from gilscope.cli import main as gilscope  # noqa: PLC0415 - in a process of its own

    start = time.perf_counter()
    if gilscope(["report", str(source), "-o", str(page), "--force"]):
        raise SystemExit(1)
    took, used = time.perf_counter() - start, time.process_time()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    size = page.stat().st_size
    print(f"  {took:.1f} s ({used:.1f} s of CPU time), peak {peak:.0f} MiB, page {size:,} bytes")


def open_in_browser(page: Path, chromium: str) -> None:
    """Say when the page has drawn its first picture, and what the console said."""
    from playwright.sync_api import sync_playwright  # noqa: PLC0415 - not everywhere

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        tab = browser.new_page(viewport={"width": 1280, "height": 900})
        said: list[str] = []
        tab.on("console", lambda message: said.append(message.text))
        tab.on("pageerror", lambda error: said.append(str(error)))
        start = time.perf_counter()
        tab.goto(page.as_uri())
        tab.wait_for_selector("#timeline canvas, #timeline svg")
        tab.evaluate("() => new Promise(done => requestAnimationFrame(() => setTimeout(done)))")
        took = time.perf_counter() - start
        browser.close()
    print(f"  opens in {took:.2f} s{'; console: ' + '; '.join(said) if said else ''}")


def run(name: str, source: Path, arguments: argparse.Namespace) -> None:
    page = arguments.folder / f"{name}.html"
    size = sum(each.stat().st_size for each in ([source] if source.is_file() else source.iterdir()))
    print(f"{name}: {size:,} bytes")
    command = [sys.executable, __file__, "--measure", str(source), str(page)]
    subprocess.run(command, check=True)
    if arguments.chromium and importlib.util.find_spec("playwright"):
        open_in_browser(page, arguments.chromium)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--holds", type=int, nargs="*", default=HOLDS)
    parser.add_argument("--processes", type=int, default=PROCESSES)
    parser.add_argument("--folder", type=Path, help="keep traces and pages there")
    parser.add_argument("--chromium", default="/usr/bin/chromium")
    parser.add_argument("--measure", type=Path, nargs=2, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.measure:
        measure(*arguments.measure)
        return
    print(f"{os.cpu_count()} cores, load average {os.getloadavg()[0]:.1f}")
    with tempfile.TemporaryDirectory() as scratch:
        arguments.folder = (arguments.folder or Path(scratch)).resolve()
        arguments.folder.mkdir(exist_ok=True)
        for holds in arguments.holds:
            trace = arguments.folder / f"{holds}.gil"
            if not trace.exists():
                # That module looks for gilscope in src, which has no compiled parts.
                from analysis_scale import generate  # noqa: PLC0415

                generate(trace, holds, THREADS)
            run(f"{holds:,} holds".replace(",", "_").replace(" ", "-"), trace, arguments)
        if arguments.processes:
            fleet = arguments.folder / f"{arguments.processes}-processes"
            generate_fleet(fleet, arguments.processes)
            run(fleet.name, fleet, arguments)


if __name__ == "__main__":
    main()
