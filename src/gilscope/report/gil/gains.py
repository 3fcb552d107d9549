"""What a verdict says where it is predicted what the run would take: consequences, and advice.

Advice is what was simulated, and only what would gain something: see `LEAST_GAIN`.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from gilscope.analysis.handing import hands_over
from gilscope.analysis.model import VerdictKind
from gilscope.analysis.verdict import TROUBLE
from gilscope.predict import (
    LEAST_GAIN,
    Change,
    costs_no_time,
    goes_by_waits,
    is_about,
    is_hardly_held,
    is_up_to_others,
    most_gain,
)
from gilscope.report.gil.calling import place
from gilscope.report.gil.convoy import who_may_poll
from gilscope.report.gil.handing import larger_tasks, less_to_send
from gilscope.report.gil.instead import instead
from gilscope.report.gil.told import somebody_waited
from gilscope.report.prediction.sentences import outcome
from gilscope.words.numbers import percent

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gilscope.analysis.model import Analysis, Line
    from gilscope.predict import Help, Prediction
    from gilscope.report.gil.told import Told
    from gilscope.words.places import Places

MOST_ADVICE = 3
# Code of a module runs once, while it is imported: there is nothing that could be run elsewhere.
IMPORTING = ("<module>", "<frozen importlib")


def is_in_verdict(analysis: Analysis, prediction: Prediction) -> bool:
    """Whether the verdict says what is predicted; it may be that a replay is not to be believed."""
    if not is_about(prediction, analysis):
        return analysis.verdict.is_overruled
    gains = analysis.verdict.kind in TROUBLE and not costs_no_time(prediction)
    return gains or analysis.verdict.is_overruled


def is_outcome_told(analysis: Analysis, prediction: Prediction) -> bool:
    """Whether a report need not say what the run would have taken.

    The verdict has it; or it would be that nothing is gained, and that may be wrong.
    """
    if prediction.withheld is not None or is_in_verdict(analysis, prediction):
        return True
    return costs_no_time(prediction) and is_up_to_others(analysis, prediction)


def overruled(told: Told, analysis: Analysis, places: Places, prediction: Prediction) -> Told:
    """Of a run that would not have ended sooner without the GIL: what takes the time."""
    cost = _hardly_any_time(analysis, prediction)
    evidence = f"{somebody_waited(analysis)}, but that cost {cost}"
    if analysis.verdict.kind is not VerdictKind.UNCONTENDED:
        return replace(told, evidence=evidence)
    longest = next(iter(shortening(prediction)), None)
    if longest is not None and longest.line is not None:
        summary = f"the run takes as long as {place(longest.line, places)} does, with it or without"
        advice = (_shorter(longest, longest.line, places),)
    else:
        summary, single = instead(analysis, places)
        advice = ((larger_tasks(analysis) or single) if hands_over(analysis.blame) else single,)
    return replace(
        told, summary=f"The GIL is not the problem: {summary}.", evidence=evidence, advice=advice
    )


def _hardly_any_time(analysis: Analysis, prediction: Prediction) -> str:
    if prediction.withheld is not None and is_hardly_held(analysis):
        held = percent(analysis.gil.held_fraction)
        return f"hardly any time: it was held for {held} of the run, and no more could be saved."
    if prediction.withheld is not None and hands_over(analysis.blame):
        return (
            "hardly any time: much of that was for what hands work from thread to thread, which"
            " they would wait for without the GIL, too."
        )
    if prediction.withheld is not None:
        return "hardly any time: one thread had it nearly all the time, and waited for nobody."
    any_time = "no" if most_gain(prediction) < LEAST_GAIN else "hardly any"
    return f"{any_time} time: {_lower(outcome(prediction))}"


def gained(
    told: Told, analysis: Analysis, places: Places, prediction: Prediction, way: str
) -> Told:
    """Of a run that the GIL may have made longer: how much, and what would help most.

    `way` is how to run it without the GIL. Who spins, collects or is stopped for long is advised
    about that.
    """
    told = replace(told, evidence=f"{told.evidence} {outcome(prediction)}")
    if not goes_by_waits(analysis) or who_may_poll(analysis) is not None:
        return told
    first = less_to_send(analysis) or larger_tasks(analysis)
    if first is not None:
        free = [sentence for _, sentence in _without_gil(prediction, way)]
        return replace(told, advice=(first, *free))
    return replace(told, advice=tuple(_advice(places, prediction, way)))


def releasing(prediction: Prediction) -> Iterator[Help]:
    """What is worth to be run without the GIL, or in a process, best first."""
    for each in prediction.what_helps:
        if each.change is Change.RELEASE_GIL and each.gain >= LEAST_GAIN and _may_move(each.line):
            yield each


def shortening(prediction: Prediction) -> Iterator[Help]:
    """What is worth to be made faster, best first."""
    for each in prediction.what_helps:
        if each.change is Change.HALF_TIME and each.gain >= LEAST_GAIN and each.line is not None:
            yield each


def _may_move(line: Line | None) -> bool:
    if line is None or not line.file:
        return False
    return line.function != IMPORTING[0] and not line.file.startswith(IMPORTING[1])


def _advice(places: Places, prediction: Prediction, way: str) -> Iterator[str]:
    ranked = sorted(_entries(places, prediction, way), key=lambda entry: -entry[0])
    if not ranked:
        yield (
            "No single change that was simulated saves as much as 5 %: measure a change before you"
            " keep it."
        )
    yield from (sentence for _, sentence in ranked[:MOST_ADVICE])


def _entries(places: Places, prediction: Prediction, way: str) -> Iterator[tuple[float, str]]:
    """What would be gained, and what to do for it: of each kind of change the best."""
    yield from _without_gil(prediction, way)
    moved = next(releasing(prediction), None)
    if moved is not None and moved.line is not None:
        yield moved.gain, _moved(moved, moved.line, places)
    shorter = next(shortening(prediction), None)
    if shorter is not None and shorter.line is not None:
        yield shorter.gain, _shorter(shorter, shorter.line, places)
    for each in prediction.what_helps:
        if each.gain < LEAST_GAIN:
            continue
        if each.change is Change.SWITCH_INTERVAL:
            interval_s = (each.switch_interval_ns or 0) / 1e9
            yield each.gain, f"`sys.setswitchinterval({interval_s:g})` saves {_saved(each)}."
        elif each.change is Change.NO_LOCK and each.line is not None:
            where = place(each.line, places)
            yield each.gain, f"Not to wait for the lock at {where} saves {_saved(each)}."


def _without_gil(prediction: Prediction, way: str) -> Iterator[tuple[float, str]]:
    own = next((row for row in prediction.rows if row.cores == prediction.cores), None)
    gain = (own or prediction.rows[-1]).gain_of(prediction.recorded_ns)
    if gain >= LEAST_GAIN:
        yield gain, f"{way} That saves {percent(gain)} of the run."


def _moved(helps: Help, line: Line, places: Places) -> str:
    """A process is worth it only where little has to be sent there and back."""
    return (
        f"Run {_work(line, places)} in processes, if what it takes and returns is small, or in code"
        f" that releases the GIL: saves {_saved(helps)}."
    )


def _shorter(helps: Help, line: Line, places: Places) -> str:
    return f"If {_work(line, places)} took half the time, that would save {_saved(helps)}."


def _work(line: Line, places: Places) -> str:
    if line.line:
        return place(line, places)
    return f"all of `{line.function}`" if line.file else line.function


def _saved(helps: Help) -> str:
    return f"{percent(helps.gain)} of the run ({percent(helps.low)} to {percent(helps.high)})"


def _lower(sentence: str) -> str:
    return sentence[0].lower() + sentence[1:]
