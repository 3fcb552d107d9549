"""Which threads take their work from the same queue, and where their tasks begin."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

import numpy as np

from gilscope.analysis.groups import name_pattern
from gilscope.analysis.purpose import is_in
from gilscope.predict.programs import AWAIT, BLOCK, COMPUTE, HOLD, POST, STALL
from gilscope.predict.sharing import sharers

if TYPE_CHECKING:
    import numpy.typing as npt

    from gilscope.predict.rebuild import Lives
    from gilscope.trace import LockWaits, Trace

    Ints = npt.NDArray[np.int64]
    Mask = npt.NDArray[np.bool_]

# Where a worker waits for its next task.
_EXECUTORS = {("futures/thread.py", "_worker"), ("multiprocessing/pool.py", "worker")}
_QUEUES = {("queue.py", "Queue.get")}
_WAITING = {("threading.py", "Condition.wait"), ("threading.py", "Condition.wait_for")}
WORKS = (HOLD, STALL, COMPUTE, BLOCK)
# What a worker does between two tasks takes less than any task that is worth dealing out anew.
BETWEEN_NS = 500_000
# Told that there is nothing more to do, it is blocked for a moment by what ends a thread.
ENDING_NS = 5_000_000
CLEARLY_NS = 200_000  # what the machine may add to the time between two threads


def pools(trace: Trace, lives: Lives) -> tuple[list[Ints], Mask]:
    """Return programs that share a queue, by pool; and which of `lives.waits` are for tasks."""
    waits = lives.waits
    places = list(zip(waits.table.tolist(), waits.path.tolist(), strict=True))
    known = {place: _queue(trace, *place) for place in set(places)}
    fetches = np.array([known[place] is not None for place in places], np.bool_)
    queue_of = queues_of(lives)
    kinds = {number: _kind(trace, number) for number in lives.threads.tolist()}
    keys: dict[str, str | None] = {}  # of each kind of thread, where it waits for tasks
    for place, thread in zip(places, waits.thread.tolist(), strict=True):
        if known[place] is not None:
            keys.setdefault(kinds[thread], known[place])
    members = defaultdict(list)
    for program, number in enumerate(lives.threads.tolist()):
        key = queue_of.get(number, keys.get(kinds[number]))
        if key is not None:
            members[kinds[number], key].append(program)
    found = {key: np.array(some, np.int64) for key, some in members.items() if len(some) > 1}
    shared = [
        each
        for (_, queue), each in found.items()
        if isinstance(queue, int)
        or not _have_own_queues(waits.select(fetches & np.isin(waits.thread, lives.threads[each])))
    ]
    in_pools = {program for each in found.values() for program in each.tolist()}
    return shared + sharers(trace, lives, in_pools), fetches | _takes_items(lives)


def _takes_items(lives: Lives) -> Mask:
    """Mark waits for items of which it is known that they were taken."""
    takes = lives.streams.takes[: len(lives.waits)]
    if not len(takes):
        return np.zeros(len(lives.waits), np.bool_)
    of_items: Mask = (takes >= 0) & np.append(lives.streams.of_items, values=False)[takes]
    return of_items


def queues_of(lives: Lives) -> dict[int, int]:
    """Return, by thread, the stream of items that it takes most from, where that is known."""
    takes, waits = lives.streams.takes, lives.waits
    found = np.flatnonzero(_takes_items(lives))
    pairs = np.stack([waits.thread[found], takes[found]])
    (threads, queues), counts = np.unique(pairs, axis=1, return_counts=True)
    by_count = np.argsort(counts, kind="stable")
    return dict(zip(threads[by_count].tolist(), queues[by_count].tolist(), strict=True))


def _have_own_queues(waits: LockWaits) -> bool:
    """Whether one was awakened while another had been waiting for longer.

    A queue tells who has waited longest: so they do not wait for the same one.
    """
    by_begin = np.argsort(waits.begin_ns, kind="stable")
    begin_ns, wake_ns = waits.begin_ns[by_begin], waits.wake_ns[by_begin]
    longer = np.maximum.accumulate(wake_ns)
    # Of those that began some time before.
    before = np.searchsorted(begin_ns, begin_ns - CLEARLY_NS, side="right") - 1
    passed = (before >= 0) & (longer[np.maximum(before, 0)] > wake_ns + CLEARLY_NS)
    return bool(passed.any())


def _kind(trace: Trace, number: int) -> str:
    """Workers of one pool have the same; those of another executor do not."""
    thread = trace.threads.get(number)
    if thread is None:
        return str(number)
    name = thread.name
    executor, underscore, worker = name.rpartition("_")
    return executor if underscore and worker.isdigit() else name_pattern(name)


def _queue(trace: Trace, table: int, path: int) -> str | None:
    """Say where a wait for a task is made; None for any other."""
    frames = iter(trace.paths(table).frames(path))
    frame = next((each for each in frames if not is_in(each.file, each.function, _WAITING)), None)
    if frame is None:
        return None
    if is_in(frame.file, frame.function, _EXECUTORS):
        return frame.function
    if not is_in(frame.file, frame.function, _QUEUES):
        return None
    caller = next(frames, None)
    return None if caller is None else f"{caller.file}:{caller.function}"


def _ends(kind: npt.NDArray[np.uint8], value: Ints, waits: Mask) -> Mask:
    """Mark what follows the last wait for a task, if that was ended by telling it to end.

    Who says so is often another worker, which has been told before: that is no task of a pool.
    """
    ending = np.zeros(len(kind), np.bool_)
    fetched = np.flatnonzero(waits)
    if not len(fetched):
        return ending
    ending[fetched[-1] :] = True
    runs = ending & np.isin(kind, (HOLD, STALL, COMPUTE)) & (value >= BETWEEN_NS)
    blocked_ns = int(value[ending & (kind == BLOCK)].sum())
    return ending & (not runs.any() and blocked_ns < ENDING_NS)


def _told_until(lives: Lives, steps: Ints, last: int) -> int:
    """Return where the task ends whose last work is step `last`: it has told of its result, then.

    That a worker has ended is told by the worker, and no part of its last task.
    """
    kind, value = lives.programs.kind[steps], lives.programs.value[steps]
    tells = last + 1 + np.flatnonzero(kind[last + 1 :] == POST)
    of_end = np.flatnonzero(lives.firm[value[tells]])
    tells = tells[: of_end[0]] if len(of_end) else tells
    return int(tells[-1] if len(tells) else last) + 1


def tasks_of(lives: Lives, program: int, fetches: Mask, forced: Mask, *, is_told: bool) -> Ints:
    """Return where the tasks of a program begin, and where the last of them ends.

    A task begins where its worker waited for it, or after a call that did not let go of the GIL
    until it was over: what is called like that is most often all of a task, but nobody knows. If
    all that it fetched is known (`is_told`), a task begins nowhere else. What a worker does before
    its first task and after its last is not among them.
    """
    programs = lives.programs
    steps = np.arange(programs.first[program], programs.first[program + 1])
    kind, value = programs.kind[steps], programs.value[steps]
    waits = kind == AWAIT
    of_wait = waits & (value < len(fetches))
    waits[:] = False
    waits[of_wait] = fetches[value[of_wait]]
    lasting = np.isin(kind, WORKS) & (value >= BETWEEN_NS)
    works = np.flatnonzero(lasting & ~_ends(kind, value, waits))
    begins = np.flatnonzero(waits | lasting)
    if not len(works):
        return np.empty(0, np.int64)
    idle_after = np.flatnonzero(waits & (np.arange(len(steps)) > works[-1]))
    end = int(idle_after[0]) if len(idle_after) else _told_until(lives, steps, int(works[-1]))
    over = np.flatnonzero((kind == STALL) & forced[steps] & (not is_told)) + 1
    after = begins[np.searchsorted(begins, over[over <= begins[-1]])]
    cuts = np.unique(np.concatenate([begins[:1], np.flatnonzero(waits), after]))
    begun: Ints = steps[0] + np.concatenate([cuts[cuts < end], [end]])
    return begun
