"""One function in a pool of processes: what that would gain, and what may be pickled for it.

The threads that call the function go on calling it, and wait for each result, as they do now; but
it runs in other processes, each with a GIL of its own. What goes there and comes back is pickled
and unpickled on both sides, here with the GIL. How much that is, no trace says: who asks does.
How long it takes is measured on the machine that predicts.
"""

from __future__ import annotations

import pickle
import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from gilscope.analysis.lines import own_code, through
from gilscope.errors import GilscopeError
from gilscope.predict.changed import by_step, released
from gilscope.predict.condensing import OF_A_FILE, Size, recorded_as
from gilscope.predict.helps import Basis, as_it_was
from gilscope.predict.programs import wall_ns
from gilscope.predict.rebuild import rebuild
from gilscope.predict.shares import Shares
from gilscope.trace import SAMPLER_TABLE

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy.typing as npt

    from gilscope.predict.prediction import Prediction
    from gilscope.predict.programs import Programs
    from gilscope.predict.rebuild import Lives
    from gilscope.predict.shares import Part
    from gilscope.trace import Trace

    Floats = npt.NDArray[np.float64]

MEGABYTE = 1_000_000
MOST_NAMES = 3  # of a function that is not found
ROUNDS = 5


@dataclass(frozen=True, slots=True)
class PickleCost:
    """What it takes to pickle and unpickle, in ns for each byte, in one process.

    `objects_ns` is of small objects (numbers and texts in lists), `bytes_ns` of one long text, as
    an array is: what a program pickles lies between.
    """

    objects_ns: float
    bytes_ns: float


@dataclass(frozen=True, slots=True)
class Pool:
    """A function in a pool of processes, with the GIL in each.

    `gain` is how much sooner the run would end, as a part of its time (less than 0: later), on the
    cores of the machine that recorded; between `low` and `high` lies the sampling's error, that of
    the replay, whether there is a core for each thread, and what is pickled.
    `held_ns` is how long the function held the GIL. `break_even_bytes` of small objects would cost
    what is gained (None: it gains nothing, or no amount of them does).
    """

    function: str
    held_ns: int
    pickled_bytes: int
    gain: float
    low: float
    high: float
    break_even_bytes: int | None
    cost: PickleCost


def predict_pool(
    trace: Trace,
    prediction: Prediction,
    function: str,
    pickled_bytes: int = 0,
    *,
    size: Size = OF_A_FILE,
    progress: Callable[[float], None] = lambda _: None,
) -> Pool | None:
    """Predict for a function; None where `prediction`, of this trace, is withheld.

    `function` is its name, the last part of it is enough. `pickled_bytes` is how much arguments and
    results of all calls come to. `size` and `progress`: as for `predict`.

    Raises:
        GilscopeError: no sample was taken in such a function.
    """
    basis = _basis(trace, prediction, size, progress)
    if basis is None:
        return None
    part = Shares(trace, basis.lives.recorded).through(_paths_through(trace, function))
    cost = pickle_cost()
    cores = trace.meta.cpu_count or None
    gains = [
        _gain(basis, share, pickled_bytes * ns_of_byte, on)
        for share in (part.likely, part.least, part.most)
        for ns_of_byte in (cost.objects_ns, cost.bytes_ns)
        for on in (cores, None)
    ]
    error = abs(basis.replay_error)
    low, high = min(gains) - error, min(1.0, max(gains) + error)
    held_ns, break_even = _held_ns(basis.lives, part), _break_even(basis, part, cost, cores)
    return Pool(function, held_ns, pickled_bytes, gains[0], low, high, break_even, cost)


def _basis(
    trace: Trace, prediction: Prediction, size: Size, progress: Callable[[float], None]
) -> Basis | None:
    if prediction.withheld is not None or prediction.replay_error is None:
        return None
    recorded = recorded_as(trace, size, progress)
    for likely in (True, False):  # as `predict` does
        lives = rebuild(trace, likely=likely, recorded=recorded)
        rules = as_it_was(trace, lives)
        replayed_ns = wall_ns(lives.programs, rules)
        if replayed_ns is not None:
            tail_ns = trace.end_ns - lives.end_ns
            return Basis(lives, rules, replayed_ns, tail_ns, prediction.replay_error)
    return None


def _paths_through(trace: Trace, function: str) -> npt.NDArray[np.bool_]:
    paths = trace.paths(SAMPLER_TABLE)
    names = [paths.frame(each).function for each in range(len(paths))]
    own = np.array([_is_called(name, function) for name in names], np.bool_)
    if not own.any():
        theirs = np.flatnonzero(own_code(paths)).tolist()
        known = list(dict.fromkeys(names[each] for each in theirs))[:MOST_NAMES]
        hint = f"samples know {', '.join(known)}" if known else "samples know no function"
        raise GilscopeError(f"no sample was taken in a function called {function}", hint)
    return through(paths, own)


def _is_called(name: str, function: str) -> bool:
    return name == function or name.endswith(f".{function}")


def pickle_cost() -> PickleCost:
    """Measure it: the fastest of a few rounds."""
    objects = [[number, f"name {number}", number / 7] for number in range(5_000)]
    return PickleCost(_ns_of_byte(objects), _ns_of_byte(b"x" * MEGABYTE))


def _ns_of_byte(thing: object) -> float:
    content, times = b"", []
    for _ in range(ROUNDS):
        began = time.perf_counter_ns()
        content = pickle.dumps(thing, pickle.HIGHEST_PROTOCOL)
        pickle.loads(content)  # noqa: S301 - what was pickled just before
        times.append(time.perf_counter_ns() - began)
    return min(times) / max(1, len(content))


def _held_ns(lives: Lives, part: Part) -> int:
    return round(float((part.likely * lives.recorded.holds.held_ns).sum()))


def _gain(basis: Basis, share: Floats, pickling_ns: float, cores: int | None) -> float:
    programs = released(basis.lives, share)
    rules = replace(basis.rules, cores=cores)
    return basis.gain_of(_with_pickling(basis.lives, share, programs, round(pickling_ns)), rules)


def _with_pickling(lives: Lives, share: Floats, programs: Programs, pickling_ns: int) -> Programs:
    """Make each call longer, by half for the other process, and by half for what follows here."""
    outside = np.rint(lives.programs.value * by_step(lives, share)).astype(np.int64)
    total = int(outside.sum())
    if not pickling_ns or not total:
        return programs
    twice = outside > 0
    calls = (
        np.flatnonzero(twice) + np.cumsum(twice)[twice] - 1
    )  # the COMPUTE of each, in `programs`
    more = np.rint(outside[twice] * (pickling_ns / 2 / total)).astype(np.int64)
    value = programs.value.copy()
    value[calls] += more
    value[calls + 1] += more
    return replace(programs, value=value)


def _break_even(basis: Basis, part: Part, cost: PickleCost, cores: int | None) -> int | None:
    """Search for the amount of small objects that costs what is gained."""
    if _gain(basis, part.likely, 0, cores) <= 0:
        return None
    low_ns, high_ns = 0, 2 * max(1, basis.wall_ns)
    if _gain(basis, part.likely, high_ns, cores) > 0:
        return None
    for _ in range(12):
        middle_ns = (low_ns + high_ns) // 2
        gains = _gain(basis, part.likely, middle_ns, cores) > 0
        low_ns, high_ns = (middle_ns, high_ns) if gains else (low_ns, middle_ns)
    return round(low_ns / cost.objects_ns)
