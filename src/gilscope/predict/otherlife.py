"""The run without its GIL: what the replay says that each thread would do when."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from gilscope.predict.dealing import dealt
from gilscope.predict.programs import AWAIT, HOLD, STALL, TAKE, Rules, schedule, wall_ns
from gilscope.predict.rebuild import rebuild

if TYPE_CHECKING:
    import numpy.typing as npt

    from gilscope.predict.prediction import Prediction, Row
    from gilscope.predict.programs import Programs, Schedule
    from gilscope.predict.rebuild import Lives
    from gilscope.trace import LockWaits, Trace

    Ints = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class OtherLife:
    """Steps of threads in a replay without the GIL, by thread, then time; int64, ns.

    `row` is the prediction that it shows. `thread`: by its number in the trace. `kind`: HOLD (it
    runs Python code), COMPUTE, BLOCK or AWAIT. `work_ns`: what the step itself takes; the rest of
    its time it had no core, but for AWAIT. `hold`: of HOLD, which of the recorded holds of GIL 0
    it is, counted from the first that is kept; of other steps, the last one before. `wait`: of
    AWAIT, which of `waits`; -1: none of them. It ends `tail_ns` after the last step.
    """

    row: Row
    thread: Ints
    kind: Ints
    begin_ns: Ints
    end_ns: Ints
    work_ns: Ints
    hold: Ints
    wait: Ints
    waits: LockWaits
    tail_ns: int


def other_life(trace: Trace, prediction: Prediction) -> OtherLife | None:
    """Replay the row of a prediction for this machine, or else that with a core for each thread.

    None where nothing is predicted, where holds were merged for it, where a pool would start more
    workers, or where the replay does not come out as the prediction did.
    """
    if prediction.withheld is not None or prediction.is_condensed:
        return None
    rows = [each for each in prediction.rows if each.scenario == "no-gil"]
    row = next((each for each in rows if each.cores == prediction.cores), rows[-1])
    rules = Rules(gil=False, cores=row.cores)
    for likely in (True, False):
        lives = rebuild(trace, likely=likely)
        tail_ns = trace.end_ns - lives.end_ns
        programs = _programs(trace, lives, rules)
        if programs is not None and len(programs) > len(lives.threads):
            return None  # of workers that were never started
        if programs is not None and wall_ns(programs, rules) == row.wall_ns - tail_ns:
            return _told(lives, programs, schedule(programs, rules), row, tail_ns)
    return None


def _programs(trace: Trace, lives: Lives, rules: Rules) -> Programs | None:
    """As the prediction has them: with tasks of pools dealt out anew, if that comes to an end."""
    anew = dealt(trace, lives)
    candidates = [lives.programs] if anew is None else [anew, lives.programs]
    return next((each for each in candidates if wall_ns(each, rules) is not None), None)


def _told(lives: Lives, programs: Programs, done: Schedule, row: Row, tail_ns: int) -> OtherLife:
    kind = programs.kind.astype(np.int64)
    own = np.arange(len(kind)) - 1
    first = np.isin(own + 1, programs.first[:-1])
    lasted = (done.end_ns > done.begin_ns) & (done.thread >= 0)
    # A thread that waits before its first step has not been started yet.
    lasted &= ~(first & (kind == AWAIT))
    kind[kind == TAKE] = AWAIT
    steps = np.flatnonzero(lasted)
    steps = steps[np.lexsort((done.begin_ns[steps], done.thread[steps]))]
    value, of = programs.value[steps], kind[steps]
    awaits = of == AWAIT
    return OtherLife(
        row=row,
        thread=lives.threads[done.thread[steps]],
        kind=of,
        begin_ns=done.begin_ns[steps],
        end_ns=done.end_ns[steps],
        work_ns=np.where(awaits, 0, value),
        hold=programs.turn[steps].astype(np.int64) - 1,
        wait=np.where(awaits & (value < len(lives.waits)), value, -1),
        waits=lives.waits,
        tail_ns=tail_ns,
    )


__all__ = ["HOLD", "STALL", "OtherLife", "other_life"]
