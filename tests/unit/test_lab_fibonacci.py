"""What `gilscope lab fibonacci` says is what was measured, on whatever machine that was."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

from gilscope.lab.fibonacci import curves, helping
from gilscope.lab.fibonacci.experiment import concluded
from gilscope.lab.fibonacci.timings import TASKS, WORKERS, Case, Timing, chart
from gilscope.lab.kit.load import Watch, idle_s
from gilscope.lab.kit.machine import Load, has_interpreters
from gilscope.lab.kit.model import Listing

if TYPE_CHECKING:
    from pathlib import Path

    from gilscope.lab.kit.model import Step

IDLE = Load(2, 10.0, 0.02)
BUSY = Load(2, 10.0, 1.76)
ONE_CORE = Load(1, 10.0, 0.0)
UNKNOWN = Load(4, 10.0, None)
MANY_CORES = Load(16, 10.0, 0.3)
NOTHING = (1.0, 1.0, 1.0, 1.0)
TWICE = (1.0, 1.9, 1.95, 1.9)  # as on two cores
ALWAYS = (1.0, 1.9, 3.8, 7.4)


def timed(load: Load, *, gil: bool = True, **speedups: tuple[float, ...]) -> Timing:
    """So many times as fast with 1, 2, 4 and 8 workers."""
    wall_s: dict[Case, float] = {("fibonacci", "serial", 1): 0.4}
    for strategy, points in speedups.items():
        for workers, speedup in zip(WORKERS, points, strict=True):
            wall_s["fibonacci", strategy, workers] = 0.4 / speedup
    for work, gain in (("pause", 7.9), ("digest", 1.8 if load is IDLE else 1.0)):
        wall_s[work, "serial", 1] = 0.4
        wall_s[work, "threads", TASKS] = 0.4 / gain
    return Timing("3.14.1", gil, load, {"fibonacci": 26, "pause": 50, "digest": 4}, wall_s)


def words(step: Step) -> str:
    return f"{step.saw} {step.means}"


def test_the_code_that_is_shown_runs() -> None:
    (listing,) = curves.code(timed(IDLE, threads=NOTHING)).exhibits
    assert isinstance(listing, Listing)
    source = "\n".join(listing.lines).replace("[26]", "[5]")
    namespace: dict[str, object] = {"ThreadPoolExecutor": ThreadPoolExecutor}
    exec(source, namespace)
    assert max(map(len, listing.lines)) <= 74  # nothing is cut on a page of 80 columns


@pytest.mark.parametrize(
    ("here", "said", "unsaid"),
    [
        (
            timed(IDLE, threads=NOTHING, processes=TWICE),
            (
                "processes 1.95 times (four processes)",
                "Other programs left them almost idle",
                "the threads took turns",
                "More workers than cores gained no more: with two cores, only two of them can run",
            ),
            ("busy", "longer"),
        ),
        (
            timed(IDLE, threads=(1.0, 0.9, 0.8, 0.7), processes=TWICE),
            ("Eight threads even took 43 % longer",),
            (),
        ),
        (
            timed(BUSY, threads=(0.95, 0.8, 0.7, 0.6), processes=NOTHING),
            (
                "Meanwhile other programs kept 1.8 of the 2 cores busy",
                "That may be the machine: other programs kept 1.8 of the 2 cores busy.",
                "Try again when it is idle",
            ),
            ("even took", "ran at the same time"),
        ),
        (
            timed(BUSY, threads=NOTHING, processes=(0.9, 1.0, 1.6, 2.4)),
            ("ran at the same time", "gained more still, as the machine is busy"),
            ("gained no more",),
        ),
        (
            timed(BUSY, threads=(0.9, 0.8, 1.5, 1.4), processes=NOTHING),
            ("only take turns", "is chance"),
            ("took turns",),
        ),
        (
            timed(BUSY, threads=NOTHING, processes=(2.85, 1.5, 1.9, 1.2)),
            (
                "What that gained is not known",
                "(a single worker, or threads with a GIL) looked 2.85 times as fast as one call",
                "Try again when the machine is idle.",
            ),
            ("at the same time", "More workers"),
        ),
        (
            timed(BUSY, threads=(1.0, 0.9, 1.1, 2.01), processes=(1.0, 1.3, 1.2, 1.1)),
            ("is chance", "looked 2.01 times as fast"),
            ("ran at the same time", "More workers"),
        ),
        (
            timed(IDLE, gil=False, threads=(0.5, 1.0, 1.6, 1.2), processes=NOTHING),
            ("(a single worker) took 2.00 times as long as one call after the other. Try again.",),
            ("ran Python code at the same time", "idle."),
        ),
        (
            timed(ONE_CORE, threads=NOTHING, processes=NOTHING),
            ("There is one core here", "only one of them could run at any time"),
            ("container", "Try again"),
        ),
        (
            timed(UNKNOWN, threads=NOTHING, processes=NOTHING),
            ("How busy other programs kept the cores is not known here",),
            ("almost idle",),
        ),
        (
            timed(MANY_CORES, threads=NOTHING, processes=ALWAYS),
            ("processes 7.40 times (eight processes)", "There are 16 cores here."),
            ("More workers than cores",),
        ),
        (
            timed(IDLE, threads=NOTHING, processes=NOTHING),
            ("Why is not known: the cores were free.",),
            ("busy",),
        ),
        (
            timed(IDLE, gil=False, threads=TWICE, processes=TWICE),
            ("runs without a GIL: its threads ran Python code at the same time. More workers",),
            ("took turns",),
        ),
        (
            timed(ONE_CORE, gil=False, threads=NOTHING, processes=NOTHING),
            ("without a GIL, and yet nothing was gained. There is one core here",),
            ("at the same time.",),
        ),
    ],
)
def test_the_words_follow_the_curves(
    here: Timing, said: tuple[str, ...], unsaid: tuple[str, ...]
) -> None:
    text = words(curves.same_work(here))
    for each in said:
        assert each in text
    for each in unsaid:
        assert each not in text


def test_the_chart_has_a_bar_for_every_number_of_workers() -> None:
    bars = chart(timed(IDLE, threads=NOTHING, processes=TWICE), ("threads", "processes")).bars
    assert [bar.label for bar in bars[:3]] == ["one after the other", "1 thread", "2 threads"]
    assert [bar.label for bar in bars[5:]] == [
        "1 process",
        "2 processes",
        "4 processes",
        "8 processes",
    ]
    assert (bars[6].shown, bars[6].note) == ("1.90 x", "211 ms")


def test_interpreters_and_threads_without_a_gil() -> None:
    there = timed(IDLE, threads=NOTHING, processes=TWICE, interpreters=TWICE)
    if has_interpreters():
        step, _ = curves.interpreters(there, lambda *_: None)
        assert "at best 1.95 times" in step.saw
        assert "in one process" in step.means
    free = timed(IDLE, gil=False, threads=TWICE, processes=TWICE)
    step, timing = curves.free_threaded(free, lambda *_: None)
    assert "see the second step" in step.unavailable
    assert timing is None


def test_pythons_that_are_missing_are_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("PATH", "PYENV_ROOT", "UV_PYTHON_INSTALL_DIR"):
        monkeypatch.setenv(name, str(tmp_path))
    here = timed(IDLE, threads=NOTHING, processes=TWICE, interpreters=TWICE)
    step, _ = curves.free_threaded(here, lambda *_: None)
    assert "`uv python install 3.14t`" in step.unavailable
    step, _ = curves.interpreters(here, lambda *_: None)
    assert has_interpreters() or "came with Python 3.14" in step.unavailable


def test_where_threads_help_is_what_was_seen() -> None:
    idle = timed(IDLE, threads=NOTHING, processes=TWICE)
    busy = timed(BUSY, threads=NOTHING, processes=NOTHING)
    assert "each library decides" in helping.native(idle).means
    assert "kept 1.8 of the 2 cores busy" in helping.native(busy).means
    assert "at the same time, whatever the number of cores" in helping.waiting(busy).means


@pytest.mark.parametrize(
    ("here", "interpreters", "free", "said"),
    [
        (
            timed(IDLE, threads=NOTHING, processes=TWICE),
            timed(IDLE, interpreters=ALWAYS),
            timed(IDLE, gil=False, threads=TWICE),
            (
                "With a GIL, threads take turns to run Python code. What was faster: processes"
                " (1.95 times as fast), sub-interpreters (7.40 times as fast) and threads of Python"
                " 3.14.1, without a GIL (1.95 times as fast). Threads are enough for waiting and"
                " native code that lets go of the GIL."
            ),
        ),
        (
            timed(IDLE, threads=NOTHING, processes=TWICE),
            None,
            timed(BUSY, gil=False, threads=NOTHING),
            "What was faster: processes (1.95 times as fast). Threads",
        ),
        (
            timed(BUSY, threads=NOTHING, processes=NOTHING),
            None,
            None,
            (
                "Nothing that was tried was clearly faster here. That may be the machine: other"
                " programs kept 1.8 of the 2 cores busy. Try again when it is idle. Threads are"
                " enough for waiting."
            ),
        ),
        (
            timed(ONE_CORE, gil=False, threads=NOTHING, processes=NOTHING),
            None,
            None,
            "There is no GIL here, yet no gain of threads was seen. There is one core here, so",
        ),
        (
            timed(IDLE, gil=False, threads=TWICE, processes=TWICE),
            None,
            None,
            "Without a GIL, threads made Python code 1.95 times as fast.",
        ),
    ],
)
def test_the_conclusion_recommends_what_was_faster(
    here: Timing, interpreters: Timing | None, free: Timing | None, said: str
) -> None:
    assert said in concluded(here, interpreters, free)


def test_others_are_what_is_busy_and_not_ours(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The kernel's counters stand still while others have all cores, and run where none is used."""
    stat = tmp_path / "stat"
    monkeypatch.setattr("gilscope.lab.kit.load.STAT", stat)

    def write(idle_ticks: int) -> None:
        lines = [f"cpu{core} 9 0 9 {idle_ticks} 0 0 0 0" for core in range(256)]
        stat.write_text("\n".join(["cpu 1 2 3 4 5", *lines, "intr 1"]))

    write(100)
    busy, idle = Watch(lambda: 0), Watch(lambda: 0)
    with busy:
        pass
    assert busy.data()["others_cores"] == pytest.approx(busy.data()["cores"])
    with idle:
        write(10**6)
    assert idle.data()["others_cores"] == 0.0
    assert idle.data()["watched_s"] > 0


@pytest.mark.parametrize("content", ["", "cpu0 0 0 0 0 0\n", "cpu0 one two\n", "cpu 1 2 3 4 5\n"])
def test_a_kernel_that_does_not_say(
    content: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stat = tmp_path / "stat"
    stat.write_text(content)
    monkeypatch.setattr("gilscope.lab.kit.load.STAT", stat)
    assert idle_s([0]) is None
    watch = Watch()
    with watch:
        pass
    assert watch.data()["others_cores"] is None


def test_this_kernel_says() -> None:
    assert (idle_s([0]) or 0.0) > 0
