"""How long the page of a report takes to open in Chromium, and to answer a zoom.

python benchmarks/page.py                       a page of a million spans, drawn by this script
python benchmarks/page.py report.html …         pages of real recordings
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from playwright.sync_api import sync_playwright

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests"))

from support.browsers import CHROMIUM_FLAGS, find_chromium
from support.pages import MIX_ALL, NONE, STATES, packed_columns, write_page

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

ROUNDS = 5
LANES = 20
# In each frame a step in or out, until all is in sight again. What a frame costs: its script,
# from beginning to drawing; and the time to the next frame, with all that the browser does beside.
ZOOM = """async () => {
    const plot = document.querySelector("#timeline .plot");
    const box = plot.getBoundingClientRect();
    const frame = () =>
        new Promise((done) => requestAnimationFrame((at) => done([at, performance.now()])));
    const script = [], apart = [];
    let [before] = await frame();
    for (let step = 0; step < 80; step++) {
        const deltaY = step < 40 ? -100 : 100;
        const clientX = box.left + box.width * (0.2 + 0.01 * (step % 40));
        const where = {clientX, clientY: box.top + 60, bubbles: true, cancelable: true};
        plot.dispatchEvent(new WheelEvent("wheel", {ctrlKey: true, deltaY, ...where}));
        const [at, drawn] = await frame();
        script.push(drawn - at);
        apart.push(at - before);
        before = at;
    }
    return {script, apart};
}"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("pages", nargs="*", type=Path)
    parser.add_argument("--spans", type=int, default=1_000_000)
    arguments = parser.parse_args()
    chromium = find_chromium()
    if chromium is None:
        sys.exit("there is no Chromium here: apt-get install chromium")
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as driver:
        flags = [*CHROMIUM_FLAGS, *(["--no-sandbox"] if os.geteuid() == 0 else [])]
        browser = driver.chromium.launch(executable_path=chromium, args=flags)
        pages = arguments.pages or [drawn(Path(folder) / "drawn.html", arguments.spans)]
        for path in pages:
            measure(browser, path)
        browser.close()


def measure(browser: Browser, path: Path) -> None:
    opened, script, apart = [], [], []
    for _ in range(ROUNDS):
        page = browser.new_page(viewport={"width": 1600, "height": 900})
        opened.append(open_seconds(page, path))
        found = page.evaluate(ZOOM)
        script += found["script"]
        apart += found["apart"]
        page.close()
    print(f"{path.name}: {path.stat().st_size / 1e6:.2f} MB")
    print(f"  opens in {statistics.median(opened):.2f} s ({min(opened):.2f} to {max(opened):.2f})")
    for name, values in (("script of a frame", script), ("frame to frame", apart)):
        p50, p99 = np.percentile(values, [50, 99])
        print(f"  zooming, {name}: p50 {p50:.1f} ms, p99 {p99:.1f} ms, max {max(values):.1f} ms")


def open_seconds(page: Page, path: Path) -> float:
    """From the command to open it to the frame after everything has been drawn."""
    begin = time.perf_counter()
    page.goto(path.resolve().as_uri())
    page.wait_for_selector("html[data-ready]", state="attached")
    page.evaluate("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
    return time.perf_counter() - begin


def drawn(path: Path, spans: int) -> Path:
    """Threads that take turns at the GIL, with lengths that vary."""
    each = spans // LANES
    random = np.random.default_rng(16)
    lanes: list[dict[str, Any]] = []
    columns: dict[str, Any] = {"gap": [], "duration": [], "state": [], "place": [], "culprit": []}
    for lane in range(LANES):
        about = {"kind": "thread", "process": 0, "name": f"worker-{lane}", "group": None}
        times = {"start_s": 0.0, "end_s": 4.0, "exact_ns": 0}
        lanes.append({**about, **times, "thread": lane, "segments": [lane * each, each]})
        states = np.tile([0, 1, 0, 5], each // 4 + 1)[:each]
        columns["gap"].append(np.zeros(each))
        columns["duration"].append(random.integers(1, 8, each) * (1e9 // each))
        columns["state"].append(states)
        columns["place"].append(random.integers(0, 4, each))
        columns["culprit"].append(np.where(states == 1, (lane + 1) % LANES, NONE))
    arrays = {name: np.concatenate(parts) for name, parts in columns.items()}
    arrays |= {"mix_spans": np.zeros(0)} | {f"mix_{state}": np.zeros(0) for state in STATES[:-1]}
    places, data = packed_columns(arrays, {"state": "u1"})
    end_s = float(arrays["duration"].reshape(LANES, -1).sum(axis=1).max() / 1e9)
    for lane_shape in lanes:
        lane_shape["end_s"] = end_s
    process = {"pid": 1, "host": "", "program": "drawn.py", "label": "drawn.py"}
    units = {"version": 1, "tick_ns": 1, "mix_all": MIX_ALL}
    picture = {
        **units,
        "states": list(STATES),
        "said": [],
        "processes": [{**process, "start_s": 0.0, "end_s": end_s, "recorded": True}],
        "lanes": lanes,
        "strings": ["work", "/home/me/app.py"],
        "lines": [[0, 1, line] for line in range(1, 5)],
        "columns": places,
    }
    return write_page(path, picture, data)


if __name__ == "__main__":
    main()
