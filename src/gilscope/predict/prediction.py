"""What a recorded process would have taken without the GIL, at the least, or why nobody knows."""

from __future__ import annotations

from dataclasses import astuple, dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np

from gilscope.predict.changed import unlocked
from gilscope.predict.condensing import OF_A_FILE, Size, recorded_as
from gilscope.predict.dealing import dealt
from gilscope.predict.growing import with_stops
from gilscope.predict.helps import Basis, Help, as_it_was, what_helps
from gilscope.predict.kinds import Scenario, Withheld
from gilscope.predict.least import at_least
from gilscope.predict.locked import longest_lock_ns
from gilscope.predict.price import Price, Took, assumed, priced
from gilscope.predict.programs import (
    COMPUTE,
    HAS_REPLAY,
    HOLD,
    STALL,
    Programs,
    Rules,
    schedule,
    wall_ns,
)
from gilscope.predict.rebuild import Lives, rebuild
from gilscope.predict.run import RecordedRun, run_of
from gilscope.showing import Shown

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy.typing as npt

    from gilscope.trace import Trace

    Ints = npt.NDArray[np.int64]

# A model that does not reproduce what was recorded says nothing about what was not.
MOST_REPLAY_ERROR = 0.05
# No two runs take the same time: threads wake up later, and cores are busy with something else.
REPEATED = 0.02
_READING, _HALF = 0.4, 0.5  # of the work, about


@dataclass(frozen=True, slots=True)
class Row:
    """What the process would take under some rules, in ns; `cores` None: one for each thread.

    `wall_ns` is the replay, in which each thread does what it did in the recording, and waits for
    whom it waited, but for the tasks of pools, which are dealt out anew. `low_ns` is what it would
    take at the least. `high_ns` is as long as with the GIL, and as threads are slower without it:
    with the GIL a thread may find done what it would have to wait for without it, no trace shows
    that, and at the worst only one could run at a time. `priced_ns`: the replay if each thread is
    as much slower as is likely; None: that was not measured.
    """

    scenario: Scenario
    cores: int | None
    wall_ns: int
    low_ns: int
    high_ns: int
    priced_ns: int | None = None

    def gain_of(self, recorded_ns: int) -> float:
        """Return which part of the time as recorded it saves, replayed; less than 0: it loses."""
        return 1 - self.wall_ns / recorded_ns if recorded_ns else 0.0

    def most_gain_of(self, recorded_ns: int) -> float:
        """Return which part of the time as recorded it would save at the most."""
        return max(0.0, 1 - self.low_ns / recorded_ns) if recorded_ns else 0.0


@dataclass(frozen=True, slots=True)
class Prediction(Shown):
    """For one process. `rows` is empty where `withheld` says why.

    `recorded_ns` is how long the recording took, `replay_error` how much longer its replay with the
    GIL takes, as a fraction (None: not replayed). `parallelism` is how many threads would run at a
    time, on average, if there were a core for each, and no GIL. `lock_gain` is which part of its
    time the run would save beyond that if nobody had to wait for the lock that costs most, either.
    `replayed_holds`: so many were made of the `holds` that were recorded; `left_out_waits` for
    locks take what they took, whoever ends them.
    `is_open`: threads may have worked until they were told to, and their source does not say it.
    """

    pid: int
    threads: int
    cores: int  # of the machine
    recorded_ns: int
    replay_error: float | None
    parallelism: float
    rows: tuple[Row, ...]
    withheld: Withheld | None = None
    what_helps: tuple[Help, ...] = ()  # with the GIL, and one change; what helps most first
    run: RecordedRun = field(default_factory=RecordedRun)
    lock_gain: float = 0.0
    is_open: bool = False
    price: Price = field(default_factory=lambda: assumed(""))
    holds: int = 0
    replayed_holds: int = 0
    left_out_waits: int = 0

    @property
    def is_condensed(self) -> bool:
        """Whether it is of fewer holds than were recorded."""
        return self.replayed_holds < self.holds


def predict(
    trace: Trace,
    size: Size = OF_A_FILE,
    progress: Callable[[float], None] = lambda _: None,
    price: Price | None = None,
) -> Prediction:
    """Predict what the process of a trace would have taken without its GIL.

    Of a trace with more holds than `size` allows, some are merged, to stay quick and small.
    `progress` is told which part of the work is done. `price` is what a thread pays for running
    without the GIL; None: what is documented.
    """
    nothing = Prediction(trace.meta.pid, 0, trace.meta.cpu_count, trace.end_ns, None, 0.0, ())
    nothing = replace(nothing, run=run_of(trace), price=price or assumed(trace.meta.python))
    withheld = _unsuitable(trace)
    if withheld is not None:
        return replace(nothing, withheld=withheld)
    recorded = recorded_as(trace, size, lambda part: progress(_READING * part))
    lives = rebuild(trace, recorded=recorded)
    nothing = replace(
        nothing,
        threads=len(lives.programs),
        holds=recorded.count,
        replayed_holds=len(recorded.holds),
        left_out_waits=0 if recorded.left_out is None else len(recorded.left_out.thread),
    )
    if lives.is_by_clock:
        return replace(nothing, withheld=Withheld.BY_CLOCK)
    prediction = _predicted(trace, lives, nothing, progress)
    if prediction.withheld is None:
        return prediction
    lives = rebuild(trace, likely=False, recorded=recorded)  # what is likely may be wrong
    return _predicted(trace, lives, nothing, progress)


def _unsuitable(trace: Trace) -> Withheld | None:
    holds = [trace.hold_count(gil) for gil in trace.gils]
    if not trace.meta.gil_enabled:
        return Withheld.NO_GIL
    if sum(1 for count in holds if count) > 1:
        return Withheld.SEVERAL_GILS
    if not trace.hold_count():
        return Withheld.NO_HOLDS
    if not trace.meta.locks_recorded:
        return Withheld.NO_LOCKS
    if trace.rows_from_ns():
        return Withheld.ROWS_GONE
    return None if HAS_REPLAY else Withheld.NO_REPLAY


def _predicted(
    trace: Trace, lives: Lives, nothing: Prediction, progress: Callable[[float], None]
) -> Prediction:
    recorded_ns = lives.end_ns
    tail_ns = trace.end_ns - recorded_ns  # after the last that a thread did
    rules = as_it_was(trace, lives)
    replayed_ns = wall_ns(lives.programs, rules)
    free_ns = wall_ns(lives.programs, Rules(gil=False))
    if replayed_ns is None or free_ns is None:
        return replace(nothing, withheld=Withheld.STANDSTILL)
    error = (replayed_ns - recorded_ns) / max(1, trace.end_ns)
    if abs(error) > MOST_REPLAY_ERROR:
        withheld = Withheld.REPLAY_ERROR
        return replace(nothing, replay_error=error, withheld=withheld, is_open=lives.is_open)
    took_ns = replayed_ns + tail_ns
    rows = [Row(Scenario.GIL, None, took_ns, took_ns, took_ns)]
    rows += _without(trace, lives, nothing.price, tail_ns, with_it_ns=took_ns, free_ns=free_ns)
    progress(_HALF)
    basis = Basis(lives, rules, replayed_ns, tail_ns, error)
    return replace(
        nothing,
        replay_error=error,
        parallelism=_work_ns(lives.programs, free_ns) / max(1, free_ns),
        rows=tuple(rows),
        is_open=lives.is_open,
        lock_gain=_lock_gain(lives, free_ns) / max(1, trace.end_ns),
        what_helps=what_helps(trace, basis, lambda part: progress(_HALF + (1 - _HALF) * part)),
    )


def _work_ns(programs: Programs, until_ns: int) -> int:
    """Return how long threads run in the replay with a core for each, together, until then."""
    done = schedule(programs, Rules(gil=False))
    runs = np.isin(programs.kind, (HOLD, STALL, COMPUTE)) & (done.begin_ns >= 0)
    ends_ns = np.where(done.end_ns < 0, until_ns, done.end_ns)[runs]
    begins_ns = np.minimum(done.begin_ns[runs], until_ns)
    return int((np.minimum(ends_ns, until_ns) - begins_ns).sum())


def _lock_gain(lives: Lives, free_ns: int) -> int:
    """Return how much less than `free_ns` it takes if nobody waits for the lock that costs most."""
    waits = lives.waits
    locks, which = np.unique(np.where(lives.for_locks, waits.lock, 0), return_inverse=True)
    wait_ns = np.where(locks > 0, np.bincount(which, waits.wait_ns, len(locks)), 0)
    if not wait_ns.any():
        return 0
    unlocked_ns = wall_ns(unlocked(lives, which == wait_ns.argmax()), Rules(gil=False))
    return 0 if unlocked_ns is None else free_ns - unlocked_ns


def _without(
    trace: Trace, lives: Lives, price: Price, tail_ns: int, *, with_it_ns: int, free_ns: int
) -> list[Row]:
    """Return a row for each number of cores.

    `with_it_ns` is what the replay with the GIL takes, `free_ns` that with a core for each thread.
    """
    margin = max(REPEATED, abs(with_it_ns - tail_ns - lives.end_ns) / max(1, trace.end_ns))
    least = at_least(trace, lives)
    least_ns = wall_ns(least, Rules(gil=False)) or 0
    least_ns = max(least_ns, longest_lock_ns(lives))
    work_ns = least.sum_ns(HOLD, STALL, COMPUTE)
    anew = dealt(trace, lives)
    free = with_stops(lives.programs if anew is None else anew, len(lives.programs))
    rows = []
    for cores in _core_counts(len(lives.programs), trace.meta.cpu_count):
        rules = Rules(gil=False, cores=cores)
        as_was_ns = free_ns if cores is None else wall_ns(lives.programs, rules) or 0
        took_ns = wall_ns(free, rules) or as_was_ns
        low_ns = max(least_ns, work_ns // cores if cores else 0)
        low_ns = round((1 - margin) * (min(took_ns, as_was_ns, low_ns) + tail_ns))
        high_ns = max(took_ns + tail_ns, as_was_ns + tail_ns, with_it_ns)
        high_ns = round((1 + margin) * high_ns)
        took = Took(took_ns + tail_ns, low_ns, high_ns)
        took = priced(took, price, free, cores, with_it_ns)
        rows.append(Row(Scenario.NO_GIL, cores, *astuple(took)))
    return rows


def _core_counts(threads: int, of_machine: int) -> list[int | None]:
    """1, 2, 4 … while there are threads for them, the machine's own, and one for each thread."""
    counts = {1 << power for power in range(threads.bit_length()) if 1 << power < threads}
    if 0 < of_machine < threads:
        counts.add(of_machine)
    return [*sorted(counts), None]
