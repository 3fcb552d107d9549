"""The programs of threads: what each does, step by step, without the waiting for each other."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

try:
    from gilscope import _replay
except ImportError:  # a package without what is written in C: it reads traces, and predicts nothing
    HAS_REPLAY = False
else:
    HAS_REPLAY = True

if TYPE_CHECKING:
    import numpy.typing as npt

    Ints = npt.NDArray[np.int64]

# Kinds of steps, as in native/predict/programs.h.
HOLD, STALL, COMPUTE, BLOCK, POST, AWAIT, FETCH, GIVE, TAKE = range(9)

__all__ = [
    "AWAIT",
    "BLOCK",
    "COMPUTE",
    "FETCH",
    "GIVE",
    "HAS_REPLAY",
    "HOLD",
    "POST",
    "STALL",
    "TAKE",
    "Programs",
    "Rules",
    "Schedule",
    "replay",
    "schedule",
    "wall_ns",
]


@dataclass(frozen=True, slots=True)
class Programs:
    """The steps of all threads, those of one thread one after another.

    The steps of thread t are rows `first[t]` to `first[t + 1]` (int64, one more than threads).
    `kind` (uint8) is HOLD, STALL (a hold that does not let go before it is over), COMPUTE, BLOCK,
    POST, AWAIT, FETCH, GIVE or TAKE; `value` (int64) says for how long, in ns, which of the
    `events`, numbered from 0, happens or is awaited, or of which pool tasks are done, one after
    another. What is given is taken once, by whoever comes first; `given` (int64, by event) is how
    many there are at the beginning (None: 0 of each).

    The tasks of pool p are those from `pool[p]` up to `pool[p + 1]`, to be done in this order; the
    steps of task k are rows `task[k]` to `task[k + 1]`, behind those of all threads (None: none).

    `until` (int64, by thread): when this event has happened, the thread ends its step, and from
    then on does nothing but to post; -1: it does all of its steps (None: all threads do). The run
    is over when all threads are done but those of `is_daemon` (by thread; None: there are none).

    `with_gil_ns` (int64, by step): how much longer it takes with the GIL: what handing it over
    took between holds that were merged; or less, where a thread waited for who had it (None: 0).

    `turn` (uint32): of the threads that wait for the GIL, the one whose step has the least gets it
    first. In CPython it is as good as chance who does: to replay a recording, the order is that of
    the recording.
    """

    first: Ints
    kind: npt.NDArray[np.uint8]
    value: Ints
    turn: npt.NDArray[np.uint32]
    events: int
    with_gil_ns: Ints | None = None
    until: Ints | None = None
    is_daemon: npt.NDArray[np.bool_] | None = None
    pool: Ints = field(default_factory=lambda: np.zeros(1, np.int64))
    task: Ints | None = None
    given: Ints | None = None

    def __len__(self) -> int:
        return len(self.first) - 1

    def sum_ns(self, *kinds: int) -> int:
        """Return how long all steps of these kinds take together."""
        return int(self.value[np.isin(self.kind, kinds)].sum())


@dataclass(frozen=True, slots=True)
class Rules:
    """A machine: `cores` is None for as many as there are threads.

    `handover_ns` is how long it takes from a release of the GIL until a thread that waited for it
    goes on.
    """

    gil: bool
    cores: int | None = None
    switch_interval_ns: int = 5_000_000
    handover_ns: int = 0


@dataclass(frozen=True, slots=True)
class Schedule:
    """What a replay did: int64 columns with a row for each step; -1 where it was not done.

    `begin_ns`, `end_ns`: when the step began and was over; waiting for a core, or for the GIL, is
    part of that. `thread`: which program did it, which of a task is known only then.
    """

    begin_ns: Ints
    end_ns: Ints
    thread: Ints


def schedule(programs: Programs, rules: Rules) -> Schedule:
    """Replay, and tell what each thread did when."""
    doings = np.empty((len(programs.kind), 3), np.int64)
    replay(programs, rules, doings)
    return Schedule(doings[:, 0], doings[:, 1], doings[:, 2])


def replay(programs: Programs, rules: Rules, doings: Ints | None = None) -> Ints:
    """Return when each thread has done its last step, in ns; -1 where one would wait for ever.

    `doings` (int64, a row of three for each step) is filled with what `Schedule` says, if given.

    A discrete-event simulation (native/predict/), with the rules of CPython's GIL
    (Python/ceval_gil.c): who finds it free takes it; who has had it for a switch interval while
    another waited lets go, and queues again.
    """
    end_ns = np.empty(len(programs), np.int64)
    value = programs.value
    if rules.gil and programs.with_gil_ns is not None:
        value = value + programs.with_gil_ns
    _replay.replay(
        np.ascontiguousarray(programs.first, np.int64),
        np.ascontiguousarray(programs.kind, np.uint8),
        np.ascontiguousarray(value, np.int64),
        np.ascontiguousarray(programs.turn, np.uint32),
        np.full(len(programs), -1, np.int64)
        if programs.until is None
        else np.ascontiguousarray(programs.until, np.int64),
        np.ascontiguousarray(programs.pool, np.int64),
        np.ascontiguousarray(
            programs.first[-1:] if programs.task is None else programs.task, np.int64
        ),
        np.zeros(programs.events, np.int64)
        if programs.given is None
        else np.ascontiguousarray(programs.given, np.int64),
        end_ns,
        events=programs.events,
        gil=rules.gil,
        cores=rules.cores or 0,
        switch_interval_ns=rules.switch_interval_ns,
        handover_ns=rules.handover_ns,
        doings=doings,
    )
    return end_ns


def wall_ns(programs: Programs, rules: Rules) -> int | None:
    """Return when all threads are done but daemons; None where one would wait for ever."""
    end_ns = replay(programs, rules)
    if programs.is_daemon is not None:
        end_ns = end_ns[~programs.is_daemon]
    return None if (end_ns < 0).any() else int(end_ns.max(initial=0))
