"""The switch interval: how late a thread runs that needs moments, and what earlier turns cost."""

from __future__ import annotations

import itertools
import sys
from statistics import median
from typing import TYPE_CHECKING, Any

from gilscope.errors import GilscopeError
from gilscope.lab.kit import machine, recording
from gilscope.lab.kit.child import ChildFailed, ask
from gilscope.lab.kit.machine import Load, has_gil
from gilscope.lab.kit.model import Bar, Chart, Experiment, Step
from gilscope.lab.switch import illustrated, program
from gilscope.lab.switch.beside import Beside
from gilscope.words.numbers import chosen_seconds, counted, factor, percent, seconds

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from gilscope.lab.kit.model import Listener

QUESTION = "How long does a thread wait for its turn, and what do shorter turns cost?"
INTERVALS_S = (0.0001, 0.001, 0.005, 0.02, 0.1)
DEFAULT_S = 0.005  # CPython's own
ROUNDS = 3
LENGTH_S = 0.5
RECORDED_S, WINDOW_S = 0.3, 0.064  # a cell is 1 ms
# A difference below this is within what the same measurement differs by from run to run.
NOISE = 0.05
CLEARLY = 1.5  # so many times as late is no accident


def perform(listen: Listener) -> Experiment:
    gil = has_gil()
    intervals = INTERVALS_S if gil else (DEFAULT_S,)
    asked = {"intervals_s": intervals, "rounds": ROUNDS, "length_s": LENGTH_S}
    listen(0.0, "recording threads")
    convoy, convoy_data = _convoy()
    try:
        found = ask("switch", asked, listen)
    except ChildFailed as error:
        raise GilscopeError(f"the experiment could not be run: {error}", exit_code=1) from error
    alone_per_s = max(found["alone_rounds_per_s"])
    rows = [_beside(row, alone_per_s) for row in found["beside"]]
    idle_s = median(found["idle_late_ns"]) / 1e9
    default = next(row for row in rows if row.interval_s == DEFAULT_S)
    load = Load.of(found["load"])
    steps = [illustrated.late(_late(idle_s, default, load, gil=gil), default)]
    if gil:
        steps += [
            illustrated.convoy(convoy),
            illustrated.latency(_latency(idle_s, rows, load), rows),
            illustrated.throughput(_throughput(rows, load), rows),
        ]
    else:
        steps += [Step("The switch interval", unavailable=_NO_GIL)]
    data = {
        "python": found["python"],
        "gil_enabled": gil,
        "sleep_s": program.SLEEP_S,
        "late_median_alone_s": idle_s,
        "load": found["load"],
        "convoy": convoy_data,
        "intervals": [row.data() for row in rows],
    }
    return Experiment("switch", QUESTION, tuple(steps), _conclusion(rows, load, gil=gil), data)


_NO_GIL = (
    "this Python runs without a GIL. There are no turns, and the switch interval changes nothing."
    " A Python with a GIL shows the rest"
)


def _beside(row: Mapping[str, Any], alone_per_s: float) -> Beside:
    late_ns: Sequence[int] = row["late_ns"]
    return Beside(
        row["interval_s"],
        median(late_ns) / 1e9,
        max(late_ns) / 1e9,
        len(late_ns),
        max(row["rounds_per_s"]) / alone_per_s,
    )


def _late(idle_s: float, default: Beside, load: Load, *, gil: bool) -> Step:
    interval = f"; the switch interval was {chosen_seconds(DEFAULT_S)}"
    return Step(
        "A thread that needs only a moment",
        did="One thread slept 1 ms again and again, as one that waits for messages would, and noted"
        " how late it ran again: once alone, once beside a thread that computed without pause. That"
        f" was in {machine.python()}{interval if gil else ''}.",
        saw=f"Alone it was {seconds(idle_s)} late (the median). Beside the thread that computes it"
        f" was {seconds(default.late_s)} late, at worst {seconds(default.longest_s)}."
        f" {load.seen()}",
        means=_why_late(idle_s, default, load, gil=gil),
        exhibits=(
            Chart(
                "how late, median",
                (
                    Bar("alone", idle_s, seconds(idle_s)),
                    Bar("beside one that computes", default.late_s, seconds(default.late_s)),
                ),
            ),
        ),
    )


def _why_late(idle_s: float, default: Beside, load: Load, *, gil: bool) -> str:
    if not gil:
        return (
            "There is no GIL here: a thread that wakes up runs as soon as it gets a core, whatever"
            " others compute."
        )
    if default.late_s < max(2 * idle_s, DEFAULT_S / 2):
        return "This time it hardly waited. It can only wait while the other holds the GIL."
    text = (
        "When the sleep is over, the other thread has the GIL. The sleeper waits for one switch"
        " interval, then asks for it, and gets it. It pays that for each wake-up, though it needs"
        " the GIL only for a moment. This is called the convoy effect."
    )
    return (
        f"{text} Some of it is waiting for a core: the machine is busy." if load.is_busy else text
    )


def _convoy() -> tuple[Step, dict[str, Any] | None]:
    title = "The convoy, one slice of time after another"
    before_s = sys.getswitchinterval()
    work = {"sleeps": program.wake_up, "computes": program.compute}
    try:
        sys.setswitchinterval(DEFAULT_S)
        window = recording.record(work, RECORDED_S, WINDOW_S)
    except recording.NotRecorded as reason:
        return Step(title, unavailable=str(reason)), None
    finally:
        sys.setswitchinterval(before_s)
    waited_ns = window.waited_ns(0)
    if not waited_ns:
        return Step(title, unavailable="the recording shows no wake-up: try again"), None
    waited_s, held_s = sum(waited_ns) / 1e9, sum(window.held_ns(0)) / 1e9
    wait_s, hold_s = waited_s / len(waited_ns), held_s / len(waited_ns)
    step = Step(
        title,
        did="gilscope recorded the same two threads. Each cell is 1 ms; it shows what the thread"
        " did most in it.",
        saw=f"In {seconds(WINDOW_S)} the sleeper came back {counted(len(waited_ns), 'time')}. On"
        f" average it waited {seconds(wait_s)} for the GIL, then held it for {seconds(hold_s)}.",
        means=_what_a_wait_is(wait_s),
        exhibits=(window.tracks("both threads over time"),),
    )
    return step, {
        "window_s": WINDOW_S,
        "wake_ups": len(waited_ns),
        "wait_s": waited_s,
        "hold_s": held_s,
    }


def _what_a_wait_is(wait_s: float) -> str:
    """On average."""
    if wait_s < DEFAULT_S / 2:
        return "That is less than a switch interval: the GIL was often free."
    if wait_s <= 2 * DEFAULT_S:
        return "A wait is about one switch interval long: the sleeper waits long for very little."
    return (
        "That is longer than a switch interval. A holder that is asked to let go must get a core"
        " first, and where other programs are busy it waits for one."
    )


def _latency(idle_s: float, rows: Sequence[Beside], load: Load) -> Step:
    bars = [Bar("nobody computes", idle_s, seconds(idle_s))]
    bars += [
        Bar(
            f"interval {chosen_seconds(row.interval_s)}",
            row.late_s,
            seconds(row.late_s),
            f"at worst {seconds(row.longest_s)}",
        )
        for row in rows
    ]
    first, last = rows[0], rows[-1]
    rises = all(one.late_s < other.late_s for one, other in itertools.pairwise(rows))
    return Step(
        "The switch interval and waiting",
        did="The same two threads, with other values of `sys.setswitchinterval`.",
        saw=f"With {chosen_seconds(first.interval_s)} the sleeper was {seconds(first.late_s)} late,"
        f" with {chosen_seconds(last.interval_s)} {seconds(last.late_s)} (medians).",
        means="The wait for the GIL follows the interval: it is the time after which the holder is"
        " asked to let go."
        if rises
        else f"The wait did not follow the interval throughout. {load.seen()}",
        exhibits=(Chart("how late, median", tuple(bars)),),
    )


def _throughput(rows: Sequence[Beside], load: Load) -> Step:
    bars = [Bar("alone", 1.0, "100 %")]
    bars += [
        Bar(
            f"interval {chosen_seconds(row.interval_s)}",
            row.speed,
            percent(row.speed),
            f"{row.wake_ups:,} wake-ups beside it",
        )
        for row in rows
    ]
    first, last = rows[0], rows[-1]
    return Step(
        "The switch interval and computing",
        did="How fast the thread that computes was, meanwhile: rounds of its loop per second.",
        saw=f"With {chosen_seconds(first.interval_s)} it ran at {percent(first.speed)} of its"
        f" speed alone, with {chosen_seconds(last.interval_s)} at {percent(last.speed)}. Beside it"
        f" the sleeper woke up {first.wake_ups:,} times and {last.wake_ups:,} times.",
        means=_what_turns_cost(rows, load),
        exhibits=(Chart("speed, alone = 100 %", tuple(bars)),),
    )


def _what_turns_cost(rows: Sequence[Beside], load: Load) -> str:
    if load.is_busy:
        return (
            "That says little: other programs took the cores, now more, now less, and that changes"
            " the speed by more than turns do. Try again when the machine is idle."
        )
    if max(row.speed for row in rows) > 1 + NOISE:
        return (
            "With the sleeper beside it, it seems faster than alone. That cannot be: something"
            " disturbed by more than turns cost. Try again."
        )
    if rows[-1].speed - rows[0].speed > NOISE:
        return (
            "Each turn costs the one that computes: it stops, another thread runs, and it waits"
            " until it has the GIL again. More turns cost more."
        )
    return (
        "Shorter turns cost it hardly anything here: one sleeper needs little. Where several"
        " threads compute there are more turns, and each of them costs."
    )


def _conclusion(rows: Sequence[Beside], load: Load, *, gil: bool) -> str:
    if not gil:
        return "Without a GIL no thread waits for its turn, and there is no interval to choose."
    first, last = rows[0], rows[-1]
    span = f"From {chosen_seconds(first.interval_s)} to {chosen_seconds(last.interval_s)}"
    if last.late_s < CLEARLY * first.late_s:
        return f"{span}, the interval made no clear difference to the sleeper. {load.seen()}"
    text = (
        f"{span}, the interval made the sleeper {factor(last.late_s / first.late_s)} times as late"
    )
    if not load.is_busy:
        text += (
            f", while the speed of the thread that computes went from {percent(first.speed)} to"
            f" {percent(last.speed)}"
        )
    return (
        f"{text}. A shorter interval makes waits shorter; only moving the computing out of the"
        " process ends them."
    )
