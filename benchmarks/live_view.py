"""What the live view costs: its own CPU time, the collector's, and the program's.

A program is recorded for some seconds; on a terminal of 80 columns, `gilscope top` shows it, or
nobody looks. CPU times do not depend on what else the machine is at, as far as that is possible.
"""

from __future__ import annotations

import argparse
import os
import statistics
import struct
import subprocess
import sys
import tempfile
import termios
import threading
import time
from fcntl import ioctl
from pathlib import Path

HERE = Path(__file__).resolve().parent
PROGRAM = HERE / "workloads" / "live.py"
GILSCOPE = [sys.executable, "-m", "gilscope"]
BEGINNING_S = 4.0  # starting Python and the view is not what is measured
TICKS = os.sysconf("SC_CLK_TCK")


def cpu_s(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def collectors_of(pid: int) -> list[int]:
    found = []
    for status in Path("/proc").glob("[0-9]*/stat"):
        try:
            name, rest = status.read_text().split(") ", 1)
        except OSError:
            continue
        if "gilscope-colle" in name and int(rest.split()[1]) == pid:
            found.append(int(status.parent.name))
    return found


class Terminal:
    """One of 80 columns, on which nobody reads what is shown."""

    def __init__(self, command: list[str]) -> None:
        self.user, program = os.openpty()
        ioctl(program, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
        environment = os.environ | {"TERM": "xterm-256color"}
        self.view = subprocess.Popen(
            command, stdin=program, stdout=program, stderr=program, env=environment
        )
        os.close(program)
        self.bytes = 0
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        try:
            while piece := os.read(self.user, 1 << 16):
                self.bytes += len(piece)
        except OSError:
            pass

    def close(self) -> None:
        os.write(self.user, b"q")
        self.view.wait()


def one(threads: int, seconds: float, *, with_view: bool) -> dict[str, float]:
    with tempfile.TemporaryDirectory() as folder:
        trace = Path(folder) / "live.gil"
        run = [*GILSCOPE, "run", "--no-report", "-o", str(trace), str(PROGRAM)]
        program = subprocess.Popen(
            [*run, str(threads), str(seconds)], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
        )
        time.sleep(1)
        terminal = Terminal([*GILSCOPE, "top", str(trace)]) if with_view else None
        time.sleep(BEGINNING_S)
        collectors = collectors_of(program.pid)
        watched = [terminal.view.pid] if terminal else []
        before = [sum(map(cpu_s, each)) for each in (collectors, watched)]
        began = time.monotonic()
        time.sleep(seconds - BEGINNING_S - 3)
        passed = time.monotonic() - began
        after = [sum(map(cpu_s, each)) for each in (collectors, watched)]
        output, _ = program.communicate()
        if terminal:
            assert terminal.bytes > 10_000, "the view has shown nothing"
            terminal.close()
        done, used_s = output.split()
        collector, view = ((then - now) / passed for now, then in zip(before, after, strict=True))
        return {"view": view, "collector": collector, "program": float(used_s) / int(done)}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=15)
    arguments = parser.parse_args()
    for threads in (4, 200):
        rounds = [
            [one(threads, arguments.seconds, with_view=with_view) for with_view in (False, True)]
            for _ in range(arguments.rounds)
        ]
        views = [with_view["view"] for _, with_view in rounds]
        alone = [without["collector"] for without, _ in rounds]
        shown = [with_view["collector"] for _, with_view in rounds]
        program = [with_view["program"] / without["program"] for without, with_view in rounds]
        print(f"{threads} threads")
        for name, values, form in (
            ("view, share of a core", views, "{:.2%}"),
            ("collector, nobody looks", alone, "{:.2%}"),
            ("collector, with the view", shown, "{:.2%}"),
            ("the program's CPU time, times", program, "{:.3f}"),
        ):
            low, middle, high = (form.format(f(values)) for f in (min, statistics.median, max))
            print(f"  {name}: {middle} ({low} to {high})")


if __name__ == "__main__":
    main()
