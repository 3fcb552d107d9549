"""Tasks of thread pools that are given on, and begun, with nobody waiting for either.

A `ThreadPoolExecutor` asks for an idle worker when it is given a task, and its worker tells the
task's future that it has begun. Both enter the lock of a condition, so it is known when each
happened, in which thread, and that the tasks are begun in the order in which they were given.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

import numpy as np

from gilscope.analysis.groups import name_pattern
from gilscope.analysis.purpose import is_in
from gilscope.predict.edges import are_told
from gilscope.predict.ledger import NO_WAIT, Entry, Ledger
from gilscope.predict.roles import GIVES_TASK, WORKER, Kind, Role, through

if TYPE_CHECKING:
    import numpy.typing as npt

    from gilscope.trace import Guarded, LockWaits, Trace

    Ints = npt.NDArray[np.int64]

_BEGINS = {("futures/_base.py", "Future.set_running_or_notify_cancel")}
_GIVEN = Role(Kind.TOKENS, gives="item")
_TAKEN = Role(Kind.TOKENS, takes="item")


def of_executors(trace: Trace, entries: Guarded, waits: LockWaits) -> list[Ledger]:
    """Return the books of executors: who gave each a task, and who began one."""
    paths = trace.paths(0)
    gives, begins = through(paths, entries.path, GIVES_TASK), through(paths, entries.path, _BEGINS)
    idles = through(paths, entries.path, WORKER) & ~begins
    of_worker = _executor_of(trace, entries, idles)
    told: defaultdict[int, list[Entry]] = defaultdict(list)
    for row in np.flatnonzero(gives).tolist():
        told[int(entries.lock[row])] += _given(entries, row)
    earlier = _Idle(trace, waits)
    for row in np.flatnonzero(begins).tolist():
        thread, at_ns = int(entries.thread[row]), int(entries.time_ns[row])
        lock = of_worker.get(thread, of_worker.get(_kind(trace, thread)))
        if lock is not None and lock in told:
            again = earlier.before(thread, at_ns)
            path = int(entries.path[row])
            told[lock].append(Entry(thread, at_ns, path, _TAKEN, -1, NO_WAIT, again))
    return [_book(each) for each in told.values()]


def _book(entries: list[Entry]) -> Ledger:
    book = Ledger.of(sorted(entries, key=lambda entry: entry.at_ns))
    book.workers = max(0, *(each.state for each in entries))
    return book


def _given(entries: Guarded, row: int) -> list[Entry]:
    entry = Entry(
        int(entries.thread[row]),
        int(entries.time_ns[row]),
        int(entries.path[row]),
        _GIVEN,
        int(entries.state[row]),
    )
    return [entry] * (1 + int(entries.skipped[row]))


def _kind(trace: Trace, thread: int) -> str:
    known = trace.threads.get(thread)
    return "" if known is None else known.name.rpartition("_")[0] or name_pattern(known.name)


def _executor_of(
    trace: Trace, entries: Guarded, idles: npt.NDArray[np.bool_]
) -> dict[int | str, int]:
    """Return the lock that stands for an executor, by its workers, and by their name."""
    found: dict[int | str, int] = {}
    rows = np.flatnonzero(idles)
    for thread, lock in zip(
        entries.thread[rows].tolist(), entries.lock[rows].tolist(), strict=True
    ):
        found[thread] = found[_kind(trace, thread)] = lock
    return found


class _Idle:
    """The waits of workers for a task, by thread; each is asked for once."""

    def __init__(self, trace: Trace, waits: LockWaits) -> None:
        is_event = are_told(waits)
        event = np.cumsum(is_event) - 1
        places = list(zip(waits.table.tolist(), waits.path.tolist(), strict=True))
        frames = {each: trace.paths(each[0]).frame(each[1]) for each in set(places)}
        idle = {each: is_in(frame.file, frame.function, WORKER) for each, frame in frames.items()}
        self._left: defaultdict[int, list[tuple[int, int]]] = defaultdict(list)
        for row in np.flatnonzero(is_event).tolist():
            if idle[places[row]]:
                begin_ns = int(waits.begin_ns[row])
                self._left[int(waits.thread[row])].append((begin_ns, int(event[row])))

    def before(self, thread: int, at_ns: int) -> tuple[int, ...]:
        """Return the events that it waited for before that, and after the moment asked before."""
        left = self._left[thread]
        found = tuple(event for begin_ns, event in left if begin_ns < at_ns)
        self._left[thread] = [each for each in left if each[0] >= at_ns]
        return found
