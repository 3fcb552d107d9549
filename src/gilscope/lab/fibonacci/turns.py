"""The threads of a Python with a GIL, recorded: they take turns."""

from __future__ import annotations

import sys
from statistics import median
from typing import TYPE_CHECKING, Any

from gilscope.lab.fibonacci.work import fibonacci
from gilscope.lab.kit import machine, recording
from gilscope.lab.kit.model import Step
from gilscope.words.numbers import chosen_seconds, counted, in_words, seconds

if TYPE_CHECKING:
    import threading

TITLE = "The threads, one slice of time after another"
THREADS = 4
RECORDED_S, WINDOW_S = 0.5, 0.2
N = 20  # a Fibonacci that is over soon, so that recorded threads can stop


def perform() -> tuple[Step, dict[str, Any] | None]:
    def compute(stop: threading.Event) -> None:
        while not stop.is_set():
            fibonacci(N)

    work = {f"thread {number + 1}": compute for number in range(THREADS)}
    try:
        window = recording.record(work, RECORDED_S, WINDOW_S)
    except recording.NotRecorded as reason:
        return Step(TITLE, unavailable=str(reason)), None
    held_ns = [span for number in range(THREADS) for span in window.held_ns(number)]
    waited_ns = [span for number in range(THREADS) for span in window.waited_ns(number)]
    if not held_ns or not waited_ns:
        return Step(TITLE, unavailable="the recording shows no turns: try again"), None
    held_s, waited_s = median(held_ns) / 1e9, median(waited_ns) / 1e9
    interval = chosen_seconds(sys.getswitchinterval())
    step = Step(
        TITLE,
        did=f"{in_words(THREADS).capitalize()} threads computed Fibonacci numbers while gilscope"
        " recorded, in this process, when each of them got the GIL and when it let go."
        f" Here are {chosen_seconds(WINDOW_S)} of that.",
        saw=f"One thread at a time had the GIL. {counted(len(held_ns), 'turn')} ended, half of them"
        f" within {seconds(held_s)}; half of the waits lasted longer than {seconds(waited_s)}.",
        means=f"A thread that wants the GIL waits for one switch interval, {interval} here, then"
        " asks the holder to let go. The holder does so when it next calls a function or begins a"
        " loop again: that ends its turn. Turns become longer where other programs want the cores.",
        exhibits=(window.tracks(f"{THREADS} threads over time, {machine.python()}"),),
    )
    data = {"turns": len(held_ns), "turn_median_s": held_s, "wait_median_s": waited_s}
    return step, data | {"window_s": WINDOW_S}
