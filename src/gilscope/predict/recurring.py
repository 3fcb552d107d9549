"""What recurs in a run, as requests and tasks do: how long each takes, with the GIL and without it.

A server does not end sooner without the GIL, it answers sooner. So the replays are asked when each
call of a function began, and when it was over.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from gilscope.errors import GilscopeError
from gilscope.predict.calls import Calls, Visits
from gilscope.predict.dealing import dealt_rows
from gilscope.predict.helps import as_it_was
from gilscope.predict.kinds import Scenario
from gilscope.predict.least import at_least
from gilscope.predict.programs import AWAIT, TAKE, Programs, Rules, Schedule, schedule, wall_ns
from gilscope.predict.rebuild import rebuild

if TYPE_CHECKING:
    import numpy.typing as npt

    from gilscope.predict.prediction import Prediction
    from gilscope.predict.rebuild import Lives
    from gilscope.trace import Trace

    Ints = npt.NDArray[np.int64]

MOST_NAMES = 3  # of a function that is not found
MOST_FUNCTIONS = 100
# What happens less often does not recur, and a 99th percentile of it says little.
LEAST_CALLS = 8


@dataclass(frozen=True, slots=True)
class Latency:
    """How long a call takes, in ns: the median and the 99th percentile, each with its interval."""

    p50_ns: int
    p50_low_ns: int
    p50_high_ns: int
    p99_ns: int
    p99_low_ns: int
    p99_high_ns: int


@dataclass(frozen=True, slots=True)
class LatencyRow:
    """Latencies under some rules; `cores` None: one for each thread."""

    scenario: Scenario
    cores: int | None
    latency: Latency


@dataclass(frozen=True, slots=True)
class Recurring:
    """The calls of a function, of which a recording shows `calls`, `p50_ns` and `p99_ns` long.

    `rows` has the replay with the GIL first. `is_chosen`: nobody asked for this function; it is the
    outermost of those that are called often.
    """

    function: str
    calls: int
    p50_ns: int
    p99_ns: int
    rows: tuple[LatencyRow, ...]
    is_chosen: bool


def predict_recurring(
    trace: Trace, prediction: Prediction, function: str | None = None
) -> Recurring | None:
    """Predict how long the calls of a function take; `prediction` is of this trace.

    `function` is its name, the last part of it is enough; None: whichever recurs. None is returned
    where `prediction` is withheld, or none recurs.

    Raises:
        GilscopeError: no thread was seen in such a function, or the recording is too long: where
            holds were merged for its prediction, no call is told from the next one.
    """
    if prediction.is_condensed and function is not None:
        told = f"the recording is too long to tell the calls of {function} from each other"
        raise GilscopeError(told, "record a shorter run")
    if prediction.withheld is not None or prediction.is_condensed:
        return None
    lives = _as_predicted(trace, prediction)
    visits = Visits(trace, lives)
    name = function or _most(visits)
    if name is None:
        return None
    calls = visits.of(name)
    if not len(calls):
        known = ", ".join(visits.functions()[:MOST_NAMES])
        hint = f"it shows {known}" if known else "it shows no function"
        raise GilscopeError(f"the recording shows no call of a function called {name}", hint)
    return Recurring(
        name,
        len(calls),
        *_percentiles(calls.recorded_ns),
        _rows(trace, lives, calls, prediction),
        function is None,
    )


def _as_predicted(trace: Trace, prediction: Prediction) -> Lives:
    """Return the lives that the prediction was made of."""
    lives = rebuild(trace)
    replayed_ns = wall_ns(lives.programs, as_it_was(trace, lives))
    tail_ns = trace.end_ns - lives.end_ns
    if replayed_ns is None or replayed_ns + tail_ns != prediction.rows[0].wall_ns:
        return rebuild(trace, likely=False)
    return lives


def _most(visits: Visits) -> str | None:
    """Name the outermost function of those that are called most often."""
    names = [each for each in visits.functions() if not each.endswith(">")][:MOST_FUNCTIONS]
    count = {name: len(visits.of(name)) for name in names}
    least = max(LEAST_CALLS, max(count.values(), default=0) / 2)
    return next((name for name in names if count[name] >= least), None)


def _percentiles(lasted_ns: Ints) -> tuple[int, int]:
    p50, p99 = np.percentile(lasted_ns, [50, 99]).tolist()
    return round(p50), round(p99)


def _rows(
    trace: Trace, lives: Lives, calls: Calls, prediction: Prediction
) -> tuple[LatencyRow, ...]:
    with_it = _took_ns(lives.programs, as_it_was(trace, lives), calls)
    least = _took_ns(at_least(trace, lives), Rules(gil=False), calls)
    rows = [LatencyRow(Scenario.GIL, None, _latency(with_it, with_it, with_it))]
    anew = dealt_rows(trace, lives)
    for cores in (row.cores for row in prediction.rows[1:]):
        rules = Rules(gil=False, cores=cores)
        took = _took_ns(lives.programs, rules, calls)
        if anew is not None and wall_ns(anew[0], rules) is not None:
            took = _took_ns(anew[0], rules, _moved(calls, anew[1]))
        rows.append(LatencyRow(Scenario.NO_GIL, cores, _latency(took, least, with_it)))
    return tuple(rows)


def _took_ns(programs: Programs, rules: Rules, calls: Calls) -> Ints:
    """Return how long each of the calls that are made and end takes.

    A task that a worker waits for begins when it comes.
    """
    done: Schedule = schedule(programs, rules)
    comes = np.isin(programs.kind[calls.first], (AWAIT, TAKE))
    began = np.where(comes, done.end_ns[calls.first], done.begin_ns[calls.first])
    ended = done.end_ns[calls.last]
    took: Ints = (ended - began)[(began >= 0) & (ended >= began)]
    return took if len(took) else np.zeros(1, np.int64)


def _moved(calls: Calls, row: Ints) -> Calls:
    """Find the steps of calls where tasks were dealt out: `row` says which step each was."""
    place = np.zeros(int(max(calls.last.max(), row.max())) + 1, np.int64)
    kept = np.flatnonzero(row >= 0)
    place[row[kept]] = kept
    return Calls(place[calls.first], place[calls.last], calls.recorded_ns)


def _latency(took_ns: Ints, least_ns: Ints, with_it_ns: Ints) -> Latency:
    figures = zip(*(_percentiles(each) for each in (took_ns, least_ns, with_it_ns)), strict=True)
    (p50, low50, high50), (p99, low99, high99) = figures
    return Latency(p50, min(p50, low50), max(p50, high50), p99, min(p99, low99), max(p99, high99))
