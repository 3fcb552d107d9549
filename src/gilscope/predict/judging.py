"""The verdict by consequences: waiting for the GIL that costs no time is not why a run takes it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import PurePath
from typing import TYPE_CHECKING

from gilscope.analysis.handing import hands_over
from gilscope.analysis.model import VerdictKind
from gilscope.analysis.verdict import LONG_STALL_S
from gilscope.predict.kinds import Withheld
from gilscope.predict.telling import may_be_told

if TYPE_CHECKING:
    from gilscope.analysis.model import Analysis, Line, Verdict
    from gilscope.analysis.processes import Program
    from gilscope.predict.prediction import Prediction

# Of a run's time: less is not worth a change, and no model is that exact.
LEAST_GAIN = 0.05
# Where the replay gains less than that, what it leaves open must not gain much more: the least time
# leaves out every wait for another thread, of which most stay.
MOST_LEFT_OPEN = 0.2
# Who waited so long for a call was late, whatever the run as a whole lost: two pictures of a film
# were not shown.
LATE_S = 0.03
# Threads of which hardly ever two had something to do at a time, on average, share a core well.
LEAST_PARALLELISM = 1.1
# If one lock holds the run up for as much, that is what is left open.
LEAST_OF_A_LOCK = 0.2
# Who waits here serves others: how soon it answers counts, and not when it ends.
_SERVING = {
    ("socket.py", "accept"),
    ("socketserver.py", "serve_forever"),
    ("base_events.py", "_run_once"),
    ("base_events.py", "run_forever"),
    ("selectors.py", "select"),
    ("signal.py", "pause"),
    ("signal.py", "sigwait"),
}


# These verdicts say no more than that there were waits.
_WAITS = (VerdictKind.CPU_BOUND, VerdictKind.CONVOY, VerdictKind.UNCLEAR)


def judged(program: Program, prediction: Prediction | None) -> Program:
    """Return the program with a verdict that goes by what would be gained, where that is known."""
    focus = program.focus
    if prediction is None or focus.analysis is None:
        return program
    verdict = _verdict(focus.analysis, prediction)
    if verdict is focus.analysis.verdict:
        return program
    new = replace(focus, analysis=replace(focus.analysis, verdict=verdict))
    processes = tuple(new if each is focus else each for each in program.processes)
    return replace(program, processes=processes, focus=new)


def is_about(prediction: Prediction | None, analysis: Analysis) -> bool:
    """Whether the time of the run as a whole says what the GIL costs this process.

    It does not say that of one that serves, did not end by itself, or is known in part only.
    """
    if prediction is None or prediction.withheld is not None:
        return False
    return _is_of_interest(analysis)


def _is_of_interest(analysis: Analysis) -> bool:
    """Whether it is known as a whole, and counts when it ends."""
    return _is_whole(analysis) and not _serves(analysis)


def _is_whole(analysis: Analysis) -> bool:
    run = analysis.run
    whole = analysis.window is None and run.rows_from_s <= 0
    return whole and run.end_reason == "exit" and not run.exit_status


def _is_one_threads(analysis: Analysis, prediction: Prediction) -> bool:
    """Whether one thread computed nearly all the time, so that no other one kept it from anything.

    That needs no replay: it is known, too, where a busy machine makes that worth nothing.
    """
    if prediction.withheld is not Withheld.REPLAY_ERROR or not _is_of_interest(analysis):
        return False
    most_s = max((row.hold_s + row.computing_s for row in analysis.threads), default=0.0)
    return most_s >= (1 - LEAST_GAIN) * analysis.run.wall_s > 0


def is_hardly_held(analysis: Analysis) -> bool:
    """Whether the GIL was held for so little of the run that to free it could not save more.

    Who waits for it waits for those who hold it: that needs no replay.
    """
    return analysis.gil.held_fraction < LEAST_GAIN


def costs_no_time(prediction: Prediction) -> bool:
    """Whether the run would not have ended sooner without the GIL, or hardly, on any machine."""
    return _likely_gain(prediction) < LEAST_GAIN and most_gain(prediction) < MOST_LEFT_OPEN


def _is_held_up_by_lock(prediction: Prediction) -> bool:
    """Whether it is a lock that keeps the run from ending sooner without the GIL."""
    by_lock = prediction.lock_gain >= LEAST_OF_A_LOCK
    return by_lock and _likely_gain(prediction) < LEAST_GAIN


def _likely_gain(prediction: Prediction) -> float:
    return prediction.rows[-1].gain_of(prediction.recorded_ns)


def is_up_to_others(analysis: Analysis, prediction: Prediction) -> bool:
    """Whether some thread may have told another to stop, that it had waited for before.

    Not if the source says of all that they end by themselves, or is followed where they do not.
    """
    return prediction.is_open and may_be_told(analysis)


def most_gain(prediction: Prediction) -> float:
    """Return which part of its time the run would save at the most, on any machine."""
    return prediction.rows[-1].most_gain_of(prediction.recorded_ns)


def _verdict(analysis: Analysis, prediction: Prediction) -> Verdict:
    verdict = analysis.verdict
    one_threads = _is_one_threads(analysis, prediction)
    handing = _is_for_nothing(analysis, prediction)
    known = one_threads or handing or is_about(prediction, analysis)
    if not goes_by_waits(analysis) or not known:
        return verdict
    by_lock = not (one_threads or handing) and verdict.otherwise is VerdictKind.LOCK_BOUND
    by_lock = by_lock and _is_held_up_by_lock(prediction)
    no_time = one_threads or handing or costs_no_time(prediction)
    no_time = no_time and not is_up_to_others(analysis, prediction)
    no_time &= _longest_stall_s(analysis) < LATE_S
    if not (no_time or by_lock):
        return verdict
    return replace(verdict, kind=verdict.otherwise, is_overruled=True)


def _is_for_nothing(analysis: Analysis, prediction: Prediction) -> bool:
    """Whether threads hardly need it, or hand work to each other, and no replay says otherwise.

    How long it takes to start a thread, or to wake one, is the system's: replays are often off.
    Then they must have less to do than a core could, or nobody waited for most of the run.
    """
    little = analysis.verdict.facts.wanted_cores < 1
    if not _is_of_interest(analysis):  # who serves waits for nothing else then
        replayed = prediction.withheld in (None, Withheld.REPLAY_ERROR)
        return replayed and _is_whole(analysis) and little and hands_over(analysis.blame)
    if prediction.withheld is Withheld.REPLAY_ERROR and is_hardly_held(analysis):
        return True
    if not hands_over(analysis.blame):
        return False
    if prediction.withheld is None:
        little_gain = _likely_gain(prediction) < LEAST_GAIN
        return little_gain or prediction.parallelism < LEAST_PARALLELISM
    rare = analysis.gil.contended_fraction < MOST_LEFT_OPEN
    return prediction.withheld is Withheld.REPLAY_ERROR and (little or rare)


def goes_by_waits(analysis: Analysis) -> bool:
    """Whether the verdict only says that much was waited for the GIL, and is wrong if that is free.

    A pause that people perceive, a loop that answers late and a thread that spins are what they
    are, whatever they cost the run as a whole.
    """
    if analysis.verdict.kind is VerdictKind.STALL:
        return _longest_stall_s(analysis) < LONG_STALL_S
    return analysis.verdict.kind in _WAITS


def _longest_stall_s(analysis: Analysis) -> float:
    """Of a verdict that is about stalls, or that may be; 0 for others."""
    if analysis.verdict.kind not in (VerdictKind.STALL, VerdictKind.UNCLEAR):
        return 0.0
    return max((row.stall_s for row in analysis.stalls), default=0.0)


def _serves(analysis: Analysis) -> bool:
    if analysis.verdict.facts.loop_thread is not None or analysis.loop.delayed_s > 0:
        return True
    blocked = (row for thread in analysis.threads for row in thread.blocked)
    return any(_is_serving(line) for row in blocked for line in (row.line, row.inside) if line)


def _is_serving(line: Line) -> bool:
    return (PurePath(line.file).name, line.function.rpartition(".")[2]) in _SERVING
