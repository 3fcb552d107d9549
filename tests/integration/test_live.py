"""The live view of real programs: its figures are the report's, and terminals stay in order."""

from __future__ import annotations

import itertools
import json
import os
import signal
import subprocess
import sys
import time
from collections import defaultdict
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest

import gilscope
from gilscope.analysis import analyze
from gilscope.trace import cut
from support.interpreters import clean_environment, interpreters
from support.recording import PATIENCE_S, PROGRAMS, Runner, Running
from support.screens import Terminal

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

GILSCOPE = [sys.executable, "-m", "gilscope"]
NS = 1e-9
LINES = (PROGRAMS / "live.py").read_text().splitlines()
HOLDS = f"live.py:{1 + next(i for i, line in enumerate(LINES) if '# holds' in line)} holding"


@pytest.fixture
def one(tmp_path: Path) -> Runner:
    """What is about the view, and not about what it shows, is the same for all interpreters."""
    return Runner(interpreters()[0], tmp_path)


def watched(
    running: Running, has_enough: Callable[[list[dict[str, Any]]], bool], end: Callable[[], None]
) -> list[dict[str, Any]]:
    """What `gilscope top` prints about a recording, which is ended when there is enough of it."""
    command = [*GILSCOPE, "top", str(running.trace_path), "--json", "--interval", "0.3"]
    lines: list[dict[str, Any]] = []
    is_ended = False
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, text=True, env=clean_environment()
    ) as top:
        assert top.stdout is not None
        for text in top.stdout:
            lines.append(json.loads(text))
            if not is_ended and has_enough(lines):
                is_ended = True
                end()
    assert top.returncode == 0
    return lines


def stretches_of(running: Running, count: int) -> list[dict[str, Any]]:
    """Of live.py, which is ready."""
    pid = running.wait_ready()
    lines = watched(
        running, lambda lines: len(lines) >= count, lambda: os.kill(pid, signal.SIGUSR1)
    )
    return stretches(lines, pid)


def stretches(lines: list[dict[str, Any]], pid: int) -> list[dict[str, Any]]:
    found = [each for line in lines for each in line["processes"] if each["pid"] == pid]
    assert len(found) > 5
    assert all(one["to_s"] == other["from_s"] for one, other in itertools.pairwise(found))
    return found


@pytest.mark.parametrize("options", [[], ["--max-size", "1M"]], ids=["whole", "limited"])
def test_its_figures_add_up_to_the_report_s(runner: Runner, options: list[str]) -> None:
    running = runner.start_recording("live.py", 60, options=options)
    try:
        found = stretches_of(running, 10)
        recording = running.finish()
    finally:
        running.kill()
    assert recording.returncode == 0, recording.stderr
    assert found[-1]["ended"]
    inner = [each for each in found if each["is_complete"]][1:-1]
    assert len(inner) >= 5
    since, until = inner[0]["from_s"], inner[-1]["to_s"]
    trace = gilscope.load(recording.trace_path)
    report = analyze(cut(trace, round(since / NS), round(until / NS)))
    sums: dict[int, dict[str, float]] = defaultdict(lambda: defaultdict(float))
    caused: dict[int, float] = defaultdict(float)
    for each in inner:
        for row in each["threads"]:
            for name in ("hold_s", "wait_s", "lock_s", "computing_s", "lifetime_s"):
                sums[row["thread"]][name] += row[name]
        for row in each["blame"]:
            caused[row["line"]] += row["caused_wait_s"]
    assert set(sums) == {row.thread for row in report.threads}
    for row in report.threads:
        mine = sums[row.thread]
        locked = sum(each.off_s for each in row.blocked if each.kind == "lock")
        assert mine["hold_s"] == pytest.approx(row.hold_s, abs=1e-6)
        assert mine["wait_s"] == pytest.approx(row.wait_s, abs=1e-6)
        assert mine["lock_s"] == pytest.approx(locked, abs=1e-3)  # the report lists the longest
        assert mine["lifetime_s"] == pytest.approx(row.lifetime_s, abs=1e-6)
    wall = until - since
    held = sum(each["gil"]["held_fraction"] * (each["to_s"] - each["from_s"]) for each in inner)
    assert held / wall == pytest.approx(report.gil.held_fraction, abs=1e-6)
    total = sum(row.caused_wait_s for row in report.blame)
    assert sum(caused.values()) == pytest.approx(total, abs=1e-6)
    for row in report.blame[:1]:  # which line it was is sampled: slots divide holds at their edges
        assert caused[row.line.line] == pytest.approx(row.caused_wait_s, rel=0.05)
    stalls = sum(len(each["stalls"]) for each in inner)
    assert stalls == pytest.approx(report.stall_count, abs=2)  # some are cut at the two edges


def test_the_threads_did_what_they_say(runner: Runner) -> None:
    """Their own counts times what each turn takes: `usleep` with the GIL is exact from below."""
    running = runner.start_recording("live.py", 60)
    try:
        found = stretches_of(running, 8)
        recording = running.finish()
    finally:
        running.kill()
    held: dict[str, float] = defaultdict(float)
    for each in found:
        for row in each["threads"]:
            held[row["name"]] += row["hold_s"]
    unseen = found[0]["from_s"] / recording.analysis.run.wall_s
    if runner.interpreter.has_gil:
        for name, us in (("short", 3000), ("long", 30_000)):
            count = recording.truth[name]
            assert held[name] <= recording.analysis.run.wall_s
            assert held[name] >= count * us * 1e-6 * (1 - unseen) * 0.9
    else:
        assert sum(held.values()) == 0
        assert any(row["lock_s"] > 0 for row in found[2]["threads"])


def test_children_are_watched_too(one: Runner) -> None:
    code = (
        "import os, subprocess, sys, time\n"
        "from threading import Thread\n"
        "child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)'])\n"
        "print(os.getpid(), child.pid, flush=True)\n"
        "with open(os.environ['READY'], 'w') as ready: ready.write(str(child.pid))\n"
        "child.wait()\n"
    )
    running = one.start_recording(["-c", code])
    try:
        child = running.wait_ready()
        lines = watched(
            running, lambda lines: child in pids_of(lines), lambda: os.kill(child, signal.SIGTERM)
        )
        recording = running.finish()
    finally:
        running.kill()
    assert pids_of(lines) == set(map(int, recording.stdout.split()))


def pids_of(lines: list[dict[str, Any]]) -> set[int]:
    return {each["pid"] for line in lines for each in line["processes"]}


def test_a_reader_that_was_late_says_so(one: Runner) -> None:
    """What was written over before it was read is unknown, and what came after is known again."""
    code = (
        "import os, signal, time\n"
        "from threading import Thread\n"
        "told = []\n"
        "signal.signal(signal.SIGUSR1, lambda *_: told.append(1))\n"
        "def ask():\n"
        "    while len(told) < 2: time.sleep(0.02 * len(told))\n"
        "threads = [Thread(target=ask) for _ in range(2)]\n"
        "for thread in threads: thread.start()\n"
        "with open(os.environ['READY'], 'w') as ready: ready.write(str(os.getpid()))\n"
        "for thread in threads: thread.join()\n"
    )
    running = one.start_recording(["-c", code], options=["--max-size", "500K"])
    try:
        pid = running.wait_ready()
        words = [*GILSCOPE, "top", str(running.trace_path), "--json", "--interval", "0.3"]
        top = subprocess.Popen(words, stdout=subprocess.PIPE, text=True, env=clean_environment())
        with top:
            assert top.stdout is not None
            lines = [top.stdout.readline()]
            os.kill(top.pid, signal.SIGSTOP)
            time.sleep(3)
            os.kill(pid, signal.SIGUSR1)  # from now on there is little to read
            os.kill(top.pid, signal.SIGCONT)
            lines += [top.stdout.readline() for _ in range(8)]
            os.kill(pid, signal.SIGUSR1)
            lines += top.stdout.readlines()
        running.finish()
    finally:
        running.kill()
    found = [each for line in lines for each in json.loads(line)["processes"]]
    late = [each for each in found if each["unknown_s"] > 2]
    assert len(late) == 1
    assert not late[0]["is_complete"]
    assert late[0]["gil"]["held_fraction"] is None
    after = [each for each in found if each["from_s"] >= late[0]["to_s"] and not each["unknown_s"]]
    assert after
    assert all(each["gil"]["held_fraction"] > 0 for each in after)


@contextmanager
def terminal(runner: Runner, *words: str, columns: int = 80, rows: int = 24) -> Iterator[Terminal]:
    of_shell = {"COLUMNS": "80", "LINES": "24"}  # which it exports once, whatever comes
    environment = {**clean_environment(), **runner.interpreter.environment, **of_shell}
    shown = Terminal(
        [*GILSCOPE, *words], cwd=runner.folder, env=environment, columns=columns, rows=rows
    )
    try:
        yield shown
    finally:
        shown.close()


def program(runner: Runner, *arguments: object) -> list[str]:
    return ["--", *runner.command("live.py", *arguments)]


def test_a_program_from_its_start_to_its_end(one: Runner) -> None:
    with terminal(one, "run", "--live", "-o", "a.gil", *program(one, 8)) as shown:
        lines = shown.wait_for_text(HOLDS)
        assert any(line.startswith("made others wait") for line in lines)
        shown.wait_for_text("long")
        shown.wait_for(lambda lines: "working" in lines, "the program's output")
        shown.type("k")
        shown.wait_for_text("kept a-minute.gil")
        shown.type("s")
        shown.wait_for_text("held ▼")
        shown.resize(120, 40)
        shown.wait_for(lambda lines: len(lines[2]) > 90, "a wider heading")
        shown.resize(80, 24)
        shown.wait_for_text("ended with 0")
        shown.type("q")
        assert shown.end() == 0
        assert shown.has_settings_of_before()
        printed = shown.raw.rpartition(b"\x1b[?1049l")[2]
        assert b"\x1b[32mworking\x1b[0m\r\n" in printed
        assert b'{"' in printed
        assert b"gilscope report a.gil" in printed
    kept = gilscope.load(one.folder / "a-minute.gil")
    assert not kept.warnings
    assert analyze(kept).blame[0].line.function == "holding"


def test_the_view_is_closed_first(one: Runner) -> None:
    """Then the program has the terminal, with all that it has printed."""
    code = (
        "import time; print('one'); time.sleep(3); print(repr(input('two? '))); raise SystemExit(7)"
    )
    words = ["run", "--live", "--no-report", "--", *one.command(["-c", code])]
    with terminal(one, *words) as shown:
        shown.wait_for_text("made others wait")
        shown.type("q")
        shown.wait_for_text("two?")
        assert "one" in shown.lines()
        shown.type("three\n")
        assert shown.end() == 7
        assert any("'three'" in line for line in shown.lines())
        assert shown.has_settings_of_before()


def test_ctrl_c_is_for_the_program(one: Runner) -> None:
    with terminal(one, "run", "--live", "--no-report", *program(one, 60)) as shown:
        shown.wait_for_text("made others wait")
        shown.wait_for(lambda lines: "working" in lines, "the program's output")
        shown.type("\x03")
        shown.wait_for_text("KeyboardInterrupt")
        os.killpg(shown.process.pid, 0)  # all of it goes on


def test_the_program_outlives_its_view(one: Runner) -> None:
    """A view that is killed leaves the terminal, and the program, in order."""
    code = "import time; print('one'); time.sleep(4); print('two')"
    words = ["run", "--live", "--no-report", "--", *one.command(["-c", code])]
    with terminal(one, *words) as shown:
        shown.wait_for_text("made others wait")
        children = f"/proc/{shown.process.pid}/task/{shown.process.pid}/children"
        with open(children) as file:  # noqa: PTH123 - one word
            pids = file.read().split()
        views = [pid for pid in pids if b"viewer" in command_of(pid)]
        os.kill(int(views[0]), signal.SIGKILL)
        assert shown.end() == 0
        printed = shown.raw.rpartition(b"\x1b[?1049l")[2]
        assert b"one\r\n" in printed
        assert b"two\r\n" in printed
        assert shown.has_settings_of_before()


def command_of(pid: str) -> bytes:
    with open(f"/proc/{pid}/cmdline", "rb") as file:  # noqa: PTH123 - as above
        return file.read()


def test_two_hundred_threads_on_a_small_screen(one: Runner) -> None:
    with terminal(one, "run", "--live", "--no-report", *program(one, 30, 200)) as shown:
        shown.wait_for_text("199x more-#")
        shown.type("g")
        shown.wait_for_text("1-")
        shown.type("/more-17")
        shown.wait_for_text("more-170")
        shown.type("\r")
        assert not any("locking" in line for line in shown.wait_for_text("/more-17"))


@pytest.mark.parametrize("words", [["run", "--live"], ["top"]])
def test_without_a_terminal_there_is_a_clear_word(one: Runner, words: list[str]) -> None:
    target = ["app.py"] if "run" in words else ["app.gil"]
    (one.folder / "app.py").write_text("print('never')")
    done = subprocess.run(
        [*GILSCOPE, *words, *target],
        capture_output=True,
        text=True,
        cwd=one.folder,
        env=clean_environment(),
        timeout=PATIENCE_S,
        check=False,
    )
    assert done.returncode == 2
    assert "needs a terminal for its output" in done.stderr
    assert done.stdout == ""
    assert not (one.folder / "app.gil").exists()


def test_as_text_once(one: Runner) -> None:
    running = one.start_recording("live.py", 4)
    try:
        running.wait_ready()
        done = subprocess.run(
            [*GILSCOPE, "top", str(running.trace_path), "--once"],
            capture_output=True,
            text=True,
            env=clean_environment(),
            timeout=PATIENCE_S,
            check=True,
        )
        running.finish()
    finally:
        running.kill()
    assert HOLDS in done.stdout
    assert "\x1b" not in done.stdout
    for name in ("long", "short", "locking-0", "computing", "MainThread"):
        assert f" {name} " in done.stdout


def test_a_process_that_runs_already(one: Runner) -> None:
    """It is recorded from then on, for as long as somebody looks, and goes on afterwards."""
    code = (
        "import os, threading, time\n"
        "thread = threading.Thread(target=lambda: [time.sleep(0.01) for _ in range(1500)])\n"
        "thread.start()\n"
        "with open(os.environ['READY'], 'w') as ready: ready.write(str(os.getpid()))\n"
        "while thread.is_alive(): sum(range(10000)); time.sleep(0.001)\n"
    )
    running = one.start(one.command(["-c", code]))
    try:
        pid = running.wait_ready()
        options = ["--interval", "0.5", "--count", "4"]
        done = subprocess.run(
            [*GILSCOPE, "top", str(pid), "--json", *options],
            capture_output=True,
            text=True,
            env=clean_environment(),
            timeout=PATIENCE_S,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        assert running.finish().returncode == 0
    finally:
        running.kill()
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(lines) == 4
    assert {each["pid"] for line in lines for each in line["processes"]} == {pid}
    last = lines[-1]["processes"][0]
    assert any(line["processes"][0]["is_complete"] for line in lines)
    assert not last["ended"]
    assert {row["name"] for row in last["threads"]} >= {"MainThread"}
    assert sum(row["acquires"] for row in last["threads"]) > 20
