"""Do threads make Python code faster? The slow Fibonacci, in everything that could run it."""

from __future__ import annotations

from statistics import median
from typing import TYPE_CHECKING, Any

from gilscope.compare.plan import cores
from gilscope.errors import GilscopeError
from gilscope.lab.fibonacci.timings import ROUNDS, Timing, chart, time_cases
from gilscope.lab.fibonacci.work import fibonacci
from gilscope.lab.kit import machine, missing, recording
from gilscope.lab.kit.child import ChildFailed, part
from gilscope.lab.kit.model import Experiment, Step
from gilscope.pythons import find
from gilscope.words.numbers import factor, in_words, seconds

if TYPE_CHECKING:
    import threading

    from gilscope.lab.kit.model import Listener
    from gilscope.pythons.description import Python

QUESTION = "Do threads make Python code faster? If not, what does?"
MOST_TASKS = 8
PAUSE_MS = 100
# Less than this is not a gain that a reader should count on; noise makes some per cent.
WORTH = 1.15
BUSY = 0.5  # so many cores less than there are, and the gains are not what they could be
RECORDED_S, WINDOW_S = 0.5, 0.2
TURNS_OF_N = 20  # a Fibonacci that is over soon, so that recorded threads can stop


def perform(listen: Listener) -> Experiment:
    tasks = max(2, min(MOST_TASKS, cores()))
    idle = machine.idle_cores()
    here = _time_here(tasks, part(listen, 0.0, 0.5))
    n = here.sizes["fibonacci"]
    listen(0.5, "recording threads")
    turns, turn_data = _turns(tasks)
    interpreters, in_interpreters = _interpreters(here, tasks, part(listen, 0.55, 0.75))
    free, free_threaded = _free_threaded(here, tasks, part(listen, 0.75, 1.0))
    steps = (
        _same_work(here, tasks, idle),
        turns,
        interpreters,
        free,
        _waiting(here, tasks),
        _native(here, tasks),
    )
    data = {
        "n": n,
        "tasks": tasks,
        "rounds": ROUNDS,
        "cores": cores(),
        "idle_cores": idle,
        "here": here.data(),
        "turns": turn_data,
        "interpreters": in_interpreters,
        "free_threaded": free_threaded,
    }
    return Experiment("fibonacci", QUESTION, steps, _conclusion(here), data)


def _time_here(tasks: int, listen: Listener) -> Timing:
    strategies = ["serial", "threads", "processes"]
    if machine.has_interpreters():
        strategies.append("interpreters")
    cases = [("fibonacci", strategy) for strategy in strategies]
    cases += [(work, how) for work in ("pause", "digest") for how in ("serial", "threads")]
    sizes = {"fibonacci": 0, "pause": PAUSE_MS, "digest": 0}
    try:
        return time_cases(cases, sizes, tasks, listen)
    except ChildFailed as error:
        raise GilscopeError(f"the experiment could not be run: {error}", exit_code=1) from error


def _same_work(here: Timing, tasks: int, idle: float) -> Step:
    many = in_words(tasks)
    threads = here.speedup("fibonacci", "threads")
    processes = here.speedup("fibonacci", "processes")
    return Step(
        f"The same work in one thread, in {many}, and in {many} processes",
        did=f"`fibonacci({here.sizes['fibonacci']})` was computed {many} times: one after the"
        f" other; at the same time in {many} threads; at the same time in {many} processes that"
        f" had been started before. Each had {ROUNDS} rounds, in turn; the best one counts.",
        saw=f"{many.capitalize()} threads were {factor(threads)} times as fast as one,"
        f" {many} processes {factor(processes)} times. This machine has {machine.cores_in_words()}."
        + _disturbed(idle, tasks),
        means=_why_threads(here, threads) + _why_processes(processes),
        exhibits=(chart(here, "fibonacci", ("threads", "processes"), tasks),),
    )


def _disturbed(idle: float, tasks: int) -> str:
    """A gain that others took away must not look like one that is not there."""
    if idle > min(tasks, cores()) - BUSY:
        return ""
    return (
        f" Other programs were busy when this began, and left about {max(0.0, idle):.1f} cores:"
        " on an idle machine the gains are larger."
    )


def _why_threads(here: Timing, threads: float) -> str:
    if here.gil and threads < WORTH:
        return (
            "A thread needs the GIL to run Python code, and a process has one GIL. So the threads"
            " took turns: each ran while the others waited, and nothing was gained."
        )
    if here.gil:
        return (
            "With a GIL, threads of Python code can only take turns. That they look faster than one"
            " is most likely noise: other programs may have disturbed. Try again."
        )
    if threads >= WORTH:
        return "This Python runs without a GIL: its threads ran Python code at the same time."
    return "This Python runs without a GIL, and yet its threads gained nothing here."


def _why_processes(processes: float) -> str:
    if processes >= WORTH:
        return " Each process has a Python, and a GIL, of its own: they ran at the same time."
    if cores() < 2:
        return " The processes gained nothing either: there is one core to run on."
    return " The processes gained nothing either: other programs may have used the cores."


def _turns(tasks: int) -> tuple[Step, dict[str, Any] | None]:
    title = "The threads, one slice of time after another"

    def compute(stop: threading.Event) -> None:
        while not stop.is_set():
            fibonacci(TURNS_OF_N)

    work = {f"thread {number + 1}": compute for number in range(tasks)}
    try:
        window = recording.record(work, RECORDED_S, WINDOW_S)
    except recording.NotRecorded as reason:
        return Step(title, unavailable=str(reason)), None
    held_ns = [span for number in range(tasks) for span in window.held_ns(number)]
    waited_ns = [span for number in range(tasks) for span in window.waited_ns(number)]
    if not held_ns or not waited_ns:
        return Step(title, unavailable="the recording shows no turns: try again"), None
    held_s, waited_s = median(held_ns) / 1e9, median(waited_ns) / 1e9
    step = Step(
        title,
        did=f"{in_words(tasks).capitalize()} threads computed Fibonacci while gilscope recorded, in"
        f" this process, when each got the GIL and when it let go. Here are {seconds(WINDOW_S)}.",
        saw=f"One thread had the GIL at a time. {len(held_ns)} turns ended, half of them within"
        f" {seconds(held_s)}; half of the waits lasted longer than {seconds(waited_s)}.",
        means="Who wants the GIL waits for one switch interval (5 ms, unless it was changed), then"
        " asks the holder to let go; the holder does so at the next call or loop. That is"
        " a turn. It lasts longer where other programs want the same core.",
        exhibits=(window.tracks("each thread over time"),),
    )
    data = {"turns": len(held_ns), "turn_median_s": held_s, "wait_median_s": waited_s}
    return step, data | {"window_s": WINDOW_S}


def _interpreters(here: Timing, tasks: int, listen: Listener) -> tuple[Step, dict[str, Any] | None]:
    title = "Sub-interpreters: several GILs in one process"
    timing: Timing | str = here
    if not machine.has_interpreters():
        python = find.with_interpreters()
        if python is None:
            return Step(title, unavailable=missing.NO_INTERPRETERS), None
        timing = _elsewhere(python, "interpreters", here, tasks, listen)
    if isinstance(timing, str):
        return Step(title, unavailable=timing), None
    gain = timing.speedup("fibonacci", "interpreters")
    means = (
        "Each interpreter has a GIL of its own, so their threads ran at the same time, in one"
        " process. They share no objects: what they pay for that is like what processes pay."
        if gain >= WORTH
        else "Each interpreter has a GIL of its own; yet nothing was gained here and now."
    )
    step = Step(
        title,
        did=f"Python {timing.python} computed the same in {in_words(tasks)} sub-interpreters, each"
        " in a thread: `concurrent.futures.InterpreterPoolExecutor`.",
        saw=f"They were {factor(gain)} times as fast as one thread of that Python.",
        means=means,
        exhibits=(chart(timing, "fibonacci", ("interpreters",), tasks),),
    )
    return step, timing.data()


def _free_threaded(
    here: Timing, tasks: int, listen: Listener
) -> tuple[Step, dict[str, Any] | None]:
    title = "Free-threaded Python: no GIL at all"
    if not here.gil:
        return Step(title, unavailable="this is one already: see the first step"), None
    python = find.free_threaded()
    if python is None:
        return Step(title, unavailable=missing.NO_FREE_THREADED), None
    timing = _elsewhere(python, "threads", here, tasks, listen)
    if isinstance(timing, str):
        return Step(title, unavailable=timing), None
    gain = timing.speedup("fibonacci", "threads")
    alone = timing.wall_s["fibonacci/serial"] / here.wall_s["fibonacci/serial"]
    step = Step(
        title,
        did=f"Python {python.tag} computed the same in {in_words(tasks)} threads.",
        saw=f"They were {factor(gain)} times as fast as one thread of that Python. One thread took"
        f" {factor(alone)} times as long there as here.",
        means="Without a GIL, threads ran Python code at the same time. What a single thread pays"
        " or gains depends on the versions that are compared."
        if gain >= WORTH
        else "There is no GIL to wait for, and yet nothing was gained here and now.",
        exhibits=(chart(timing, "fibonacci", ("threads",), tasks),),
    )
    return step, timing.data()


def _elsewhere(
    python: Python, strategy: str, here: Timing, tasks: int, listen: Listener
) -> Timing | str:
    """Time the strategy in another Python; a text says why that was not possible."""
    cases = [("fibonacci", "serial"), ("fibonacci", strategy)]
    sizes = {"fibonacci": here.sizes["fibonacci"]}
    try:
        return time_cases(cases, sizes, tasks, listen, python.executable)
    except ChildFailed as error:
        return f"Python {python.tag} could not run this: {error}"


def _waiting(here: Timing, tasks: int) -> Step:
    gain = here.speedup("pause", "threads")
    return Step(
        "Where threads do help: waiting",
        did=f"{in_words(tasks).capitalize()} times `time.sleep({PAUSE_MS / 1000:g})`, which stands"
        " for waiting for a server or a disk: one after the other, and in"
        f" {in_words(tasks)} threads.",
        saw=f"The threads were {factor(gain)} times as fast.",
        means="A thread that waits for the world outside lets go of the GIL first. Any number of"
        " threads can wait at the same time."
        if gain >= WORTH
        else "Waiting should overlap; here it did not. The machine may be too busy to tell.",
        exhibits=(chart(here, "pause", ("threads",), tasks),),
    )


def _native(here: Timing, tasks: int) -> Step:
    gain = here.speedup("digest", "threads")
    return Step(
        "Where threads do help: native code that lets go",
        did=f"{in_words(tasks).capitalize()} times SHA-256 over {4 * here.sizes['digest']} MiB,"
        f" with `hashlib`: one after the other, and in {in_words(tasks)} threads.",
        saw=f"The threads were {factor(gain)} times as fast.",
        means="This computes, and still it needs no GIL: `hashlib` lets go of it for large data."
        " NumPy, compression and others do so in places. Each library decides for itself."
        if gain >= WORTH
        else "`hashlib` lets go of the GIL for large data, but there was no free core to use.",
        exhibits=(chart(here, "digest", ("threads",), tasks),),
    )


def _conclusion(here: Timing) -> str:
    threads, pauses = here.speedup("fibonacci", "threads"), here.speedup("pause", "threads")
    computing = "made" if threads >= WORTH else "did not make"
    waiting = "did" if pauses >= WORTH else "did not"
    text = f"Threads {computing} pure Python code faster here, and {waiting} overlap waiting."
    if here.gil and threads < WORTH:
        text += (
            " For Python code that computes, use processes, sub-interpreters or a free-threaded"
            " Python; for waiting and for native code that lets go of the GIL, threads will do."
        )
    return text
