"""One page with everything that a page can have, small enough to know each pixel of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from support.pages import Drawing, write_page

if TYPE_CHECKING:
    from pathlib import Path

# Names from a program can be anything.
HOSTILE = "</script><img src=x onerror=alert(1)>"
WORKERS = 4
TURNS = 8  # of a second each, from half a second on
APP = "/home/me/app.py"
QUANTILES = {"p50_s": 0.05, "p90_s": 0.3, "p99_s": 0.8, "max_s": 0.95}


def known_drawing() -> Drawing:
    """Four workers take turns, a main thread waits for them, a heart beats too often to be kept."""
    drawing = Drawing()
    drawing.process(4242, "known.py", 10.0)
    start = drawing.line("main", APP, 3)
    join = drawing.line("main", APP, 9)
    work = drawing.line("work", APP, 15)
    evil = drawing.line(HOSTILE, f"/home/me/{HOSTILE}.py", 7)
    gil = drawing.lane("GIL", kind="gil")
    main = drawing.lane("MainThread")
    workers = [drawing.lane(f"worker-{i}", group="worker-#") for i in range(WORKERS)]
    heart = drawing.lane(HOSTILE, exact_ns=40_000)
    drawing.span(main, 0, 0.5, "hold", place=start)
    drawing.span(main, 0.5, 9.5, "lock", place=join, culprit=workers[0])
    drawing.span(main, 9.5, 10, "hold", place=join)
    drawing.span(gil, 0, 0.5, "hold", place=start, culprit=main)
    for turn in range(TURNS):
        begin = 0.5 + turn
        drawing.span(gil, begin, begin + 1, "hold", place=work, culprit=workers[turn % WORKERS])
    drawing.span(gil, 9.5, 10, "hold", place=join, culprit=main)
    for i, worker in enumerate(workers):
        _turns_of(drawing, worker, i, workers, work)
    drawing.span(heart, 0.25, 0.5, "hold", place=evil)
    drawing.mix(heart, 0.5, 8.5, {"hold": 0.25, "blocked": 0.75}, 4000)
    drawing.edges = [(0.5, main, worker) for worker in workers] + [(9.5, workers[3], main)]
    _add_marks(drawing, workers)
    _add_views(drawing, [start, join, work, evil], [main, *workers])
    _add_without(drawing, main, workers, work)
    return drawing


def _turns_of(drawing: Drawing, lane: int, index: int, workers: list[int], work: int) -> None:
    before = 0.5
    for turn in range(index, TURNS, WORKERS):
        begin = 0.5 + turn
        if begin > before:
            culprit = workers[(index - 1) % WORKERS]
            drawing.span(lane, before, begin, "wait", place=work, culprit=culprit)
        drawing.span(lane, begin, begin + 1, "hold", place=work)
        before = begin + 1


def _add_marks(drawing: Drawing, workers: list[int]) -> None:
    drawing.more["marks"] = [
        _mark("stall", workers[1], 1.5, 2.5, "stall of 995 ms at app.py:15"),
        _mark("gc", workers[2], 2.5, 2.6, "garbage collection for 100 ms"),
        _mark("window", None, 2.0, 4.0, "2.0 s to 4.0 s"),
    ]


def _mark(kind: str, lane: int | None, from_s: float, to_s: float, text: str) -> dict[str, Any]:
    return {"kind": kind, "lane": lane, "from_s": from_s, "to_s": to_s, "place": 2, "text": text}


def _add_views(drawing: Drawing, places: list[int], threads: list[int]) -> None:
    start, join, work, evil = places
    blame = {"parent": [-1, 0, 0, -1], "place": [start, work, evil, -2], "value_s": [0, 20, 5, 0.5]}
    held = {"parent": [-1, 0, -1], "place": [join, work, start], "value_s": [0.5, 8, 0.5]}
    drawing.more["flames"] = {"blame": {**blame, "folded_s": 0.5}, "held": held}
    workers = range(1, len(threads))
    drawing.more["matrix"] = {
        "names": [drawing.lanes[each]["name"] for each in threads],
        "groups": [None for _ in threads],
        "lanes": threads,
        "cells": [(i, j, 2.0 if i < j else 1.0) for i in workers for j in workers if i != j],
        "folded_s": 0.25,
    }
    edges = [10.0**power for power in range(-4, 2)]
    drawing.more["distributions"] = {
        "wait": {"edges_s": edges, "counts": [1, 10, 100, 20, 0], **QUANTILES}
    }
    text = [f"# line {number}" for number in range(1, 21)]
    text[14] = "    total = sum(range(10**9))  # the guilty one"
    costs = {3: (0.5, 0, 0), 9: (0.5, 0.1, 0), 15: (8, 20, 20)}
    rows = [[i + 1, each, *costs.get(i + 1, (0, 0, 0))] for i, each in enumerate(text)]
    evil_rows = [[7, f"# {HOSTILE}", 0.25, 0, 5.0], [9, None, 0, 0.1, 0]]
    drawing.more["sources"] = [
        {"file": APP, "lines": rows},
        {"file": f"/home/me/{HOSTILE}.py", "lines": evil_rows},
    ]


def _add_without(drawing: Drawing, main: int, workers: list[int], work: int) -> None:
    about = {"process": 0, "cores": 4, "words": "Without the GIL, 3.0 s on 4 cores."}
    times = {"wall_s": 3.0, "low_s": 2.5, "high_s": 10.0}
    drawing.more["without"] = {**about, **times, "from_s": 0.0, "to_s": 10.0, "without_to_s": 3.0}
    other = drawing.other_lane(main, 3.0)
    drawing.span(other, 0, 0.5, "hold", place=0)
    drawing.span(other, 0.5, 2.5, "lock", place=1)
    drawing.span(other, 2.5, 3.0, "hold", place=1)
    for worker in workers:
        drawing.span(drawing.other_lane(worker, 2.5), 0.5, 2.5, "hold", place=work)


VERDICT = """<section id="verdict"><h2>Verdict</h2>
<p class="summary">4 threads take turns; <code>app.py:15</code> cost the others 20 s.</p>
<p class="evidence">See <code>worker-2</code>.</p>
<ul class="advice"><li>Use processes.</li></ul></section>"""
BLAME = """<section id="blame"><h2>Who made others wait</h2>
<div class="scroll" tabindex="0" role="region" aria-label="Who made others wait"><table>
<caption class="unseen">Who made others wait</caption>
<thead><tr><th scope="col">line</th><th scope="col" class="number">caused</th></tr></thead><tbody>
<tr><th scope="row"><span data-place="2">app.py:15</span></th>
<td class="number" data-sort="20">20 s</td></tr>
<tr><th scope="row"><span data-place="0">app.py:3</span></th>
<td class="number" data-sort="1">1.0 s</td></tr>
<tr><th scope="row"><span data-lane="3">worker-1</span></th>
<td class="number" data-sort="5">5.0 s</td></tr>
</tbody></table></div></section>"""


def write_known_page(path: Path) -> Path:
    picture, columns = known_drawing().picture()
    return write_page(path, picture, columns, sections=[VERDICT, BLAME])


def write_crowd_page(path: Path, threads: int) -> Path:
    """Many threads in one pool, each of which makes the next five wait."""
    drawing = Drawing()
    drawing.process(4242, "crowd.py", 10.0)
    work = drawing.line("work", APP, 15)
    lanes = [drawing.lane(f"worker-{i}", group="worker-#") for i in range(threads)]
    for i, lane in enumerate(lanes):
        begin = 10 * i / threads
        drawing.span(lane, 0, begin, "wait", place=work)
        drawing.span(lane, begin, begin + 10 / threads, "hold", place=work)
    cells = [(i, (i + k) % threads, 0.01 * (i + k)) for i in range(threads) for k in range(1, 6)]
    drawing.more["matrix"] = {
        "names": [drawing.lanes[each]["name"] for each in lanes],
        "groups": [None for _ in lanes],
        "lanes": lanes,
        "cells": cells,
        "folded_s": 0,
    }
    return write_page(path, *drawing.picture(), sections=[VERDICT, BLAME])
