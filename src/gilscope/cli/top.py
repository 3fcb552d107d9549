"""Watch a running program live: who holds the GIL, who waits, and what makes them wait.

The view shows the last seconds, once a second: each process; each thread, with how long it held
the GIL, waited for it, waited for a lock, computed without it, or was blocked; the lines that made
others wait; and stalls as they happen. `gilscope run --live app.py` shows the same of a program
that it starts.

  gilscope top 4711              record that process from now on, and watch it
  gilscope top app.gil           watch a recording that is still being written
  gilscope top 4711 -o app.gil   and keep the whole recording
  gilscope top 4711 --json       a line of JSON a second, for scripts; see: gilscope help live-json
  gilscope top 4711 --once       the last second as text, once

Keys: q closes the view; space holds the picture; s sorts by the next column; / shows threads whose
names contain a text; g folds threads with like names into one row; w changes how many seconds are
shown; k keeps the last minute as a trace; tab goes to the next process; arrows scroll.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

from gilscope.cli.live.terminal import INTERVAL_S, check_terminal
from gilscope.cli.run import add_recording
from gilscope.cli.values import seconds, whole
from gilscope.errors import GilscopeError
from gilscope.needs import require

if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace

    from gilscope.live import Watch

READ_LATER = "a trace is read here once it is complete: gilscope report FILE"
NO_TERMINAL = "for scripts: --json prints a line a second, --once prints the view as text"
SHORTEST_S = 0.2  # a look finds what goes on as it was a tenth of a second ago, at most
# Beside the rows of processes and threads: what a screen that need not be one has of all else.
OTHER_LINES = 14


def prepare_parser(parser: ArgumentParser) -> None:
    add = parser.add_argument
    add("target", metavar="PID|FILE", help="a running process, or a trace that is being written")
    help_json = "print a line of JSON once an interval; see: gilscope help live-json"
    add("--json", action="store_true", help=help_json)
    add("--once", action="store_true", help="print the view as text, once, and end")
    help_count = "with --json: end after so many lines"
    add("--count", type=whole(1), default=0, metavar="N", help=help_count)
    help_interval = f"seconds between two looks (default: {INTERVAL_S:g})"
    add("--interval", type=seconds, default=INTERVAL_S, metavar="SECONDS", help=help_interval)
    add("-o", "--output", metavar="FILE", help="keep the whole recording in this trace")
    add("--force", action="store_true", help="replace FILE if it exists")
    add("--no-children", action="store_true", help="record only this process")
    add_recording(parser)


def run(arguments: Namespace) -> int:
    if sys.platform != "linux":
        raise GilscopeError(f"a live view is for Linux, and this is {sys.platform}", READ_LATER)
    if arguments.interval < SHORTEST_S:
        raise GilscopeError(f"--interval is at least {SHORTEST_S:g} s", "leave it out: a second")
    is_view = not (arguments.json or arguments.once)
    require("a live view", "numpy", *(["textual"] if is_view else ["rich"]))
    if is_view:
        check_terminal("gilscope top", NO_TERMINAL)
    if not arguments.target.isdecimal():
        return _watch(Path(arguments.target), arguments)
    from gilscope.cli.live.attached import attached  # noqa: PLC0415 - other targets record nothing

    pid = int(arguments.target)
    with attached(pid, arguments) as trace:
        return _watch(trace, arguments, stem=f"process-{pid}")


def _watch(trace: Path, arguments: Namespace, stem: str = "") -> int:
    if arguments.json:
        return _print_lines(trace, arguments)
    if arguments.once:
        return _print_once(trace, arguments.interval)
    from gilscope.cli.live.stream import Recorded  # noqa: PLC0415 - imports numpy
    from gilscope.report.live.app import show  # noqa: PLC0415 - imports textual

    stream = Recorded(trace, stem=stem)
    try:
        show(stream, arguments.interval)
    finally:
        stream.close()
    return 0


def _open(trace: Path) -> Watch:
    """Open it, and let the collector notice that somebody looks."""
    from gilscope.live import Watch  # noqa: PLC0415 - imports numpy

    watch = Watch(trace)
    watch.look()
    return watch


def _print_lines(trace: Path, arguments: Namespace) -> int:
    """Print what each process did in stretches that follow each other without a gap."""
    from gilscope.live import summary_of_slots  # noqa: PLC0415 - as above
    from gilscope.report.live.json_ import line_of  # noqa: PLC0415 - as above

    watch = _open(trace)
    printed = 0
    while True:
        is_over = watch.ended
        time.sleep(0 if is_over else arguments.interval)
        watch.look()
        found = [
            summary_of_slots(each, [slot]) for each in watch.processes for slot in each.take_final()
        ]
        if found:
            print(line_of(found), flush=True)
            printed += 1
        if is_over or printed == arguments.count > 0:
            watch.close()
            return 0


def _print_once(trace: Path, interval_s: float) -> int:
    from gilscope.live import summary_of  # noqa: PLC0415 - as above
    from gilscope.report.live.screen import Shown, View, screen  # noqa: PLC0415 - as above
    from gilscope.report.terminal.display import (  # noqa: PLC0415 - as above
        wants_colour,
        width_of,
        write,
    )

    watch = _open(trace)
    for _ in range(2):
        time.sleep(interval_s)
        watch.look()
    view = View(seconds=interval_s, grouped=False)
    shown = Shown([summary_of(each, interval_s) for each in watch.processes if each.slots])
    watch.close()
    rows = sum(1 + len(each.threads) for each in shown.processes)
    lines = screen(view, shown, width_of(sys.stdout), rows + OTHER_LINES)
    while lines and not lines[-1].plain.strip():
        lines.pop()
    write(lines, sys.stdout, colour=wants_colour(sys.stdout))
    return 0
