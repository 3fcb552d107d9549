"""Deal the tasks of pools out anew: each worker takes the next one when it has done one."""

from __future__ import annotations

import itertools
import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from gilscope.predict.joining import with_all_joined
from gilscope.predict.pools import BETWEEN_NS, WORKS, pools, queues_of, tasks_of
from gilscope.predict.programs import AWAIT, FETCH
from gilscope.predict.taking import first_come

# Since then an executor's queue hands what is put there to a thread that waits for it.
HANDS_ON = (3, 13)

if TYPE_CHECKING:
    from collections.abc import Iterator

    import numpy.typing as npt

    from gilscope.predict.programs import Programs
    from gilscope.predict.rebuild import Lives
    from gilscope.trace import Trace

    Ints = npt.NDArray[np.int64]


def dealt(trace: Trace, lives: Lives) -> Programs | None:
    """Return the programs with the tasks of pools in the order in which they were begun.

    Each still waits for whoever put it into the queue, if its worker did. None: there is no pool.
    """
    found = dealt_rows(trace, lives)
    return None if found is None else found[0]


def dealt_rows(trace: Trace, lives: Lives) -> tuple[Programs, Ints] | None:
    """Return them, and which step of `lives.programs` each step was; less than 0: none."""
    found, fetches = pools(trace, lives)
    forced, queue_of = forced_ends(trace, lives), queues_of(lives)
    hands_on = _version(trace.meta.python) >= HANDS_ON
    spans: dict[int, Ints] = {}
    by_pool = []
    for members in found:
        mine = {
            each: tasks_of(
                lives, each, fetches, forced, is_told=int(lives.threads[each]) in queue_of
            )
            for each in members.tolist()
        }
        if hands_on and any(int(lives.threads[each]) in queue_of for each in mine):
            mine = {each: _from_waiting(lives, cuts, fetches) for each, cuts in mine.items()}
        mine = {each: cuts for each, cuts in mine.items() if len(cuts) > 1}
        if sum(len(cuts) - 1 for cuts in mine.values()) > 1:
            spans |= mine
            by_pool.append((members, mine))
    if by_pool:
        anew, row = _assembled(lives, spans, by_pool, fetches)
        anew, row = with_all_joined(lives, anew, row, _workers(lives, by_pool))
    elif len(lives.streams.given):
        anew, row = replace(lives.programs, with_gil_ns=None), np.arange(len(lives.programs.kind))
    else:
        return None
    return first_come(lives, anew, row), row


def _version(python: str) -> tuple[int, ...]:
    numbers = re.match(r"(\d+)\.(\d+)", python)
    return tuple(map(int, numbers.groups())) if numbers else ()


def _from_waiting(lives: Lives, cuts: Ints, fetches: npt.NDArray[np.bool_]) -> Ints:
    """Let tasks for which a worker had been waiting begin there: they were handed to it then.

    It begins them when it has the GIL, which may be after another worker has begun a later one.
    """
    kept = np.ones(len(cuts), np.bool_)
    kind, value = lives.programs.kind, lives.programs.value
    for place, (begin, end) in enumerate(itertools.pairwise(cuts.tolist())):
        lasts = np.isin(kind[begin:end], WORKS) & (value[begin:end] >= BETWEEN_NS)
        if place + 2 < len(cuts) and not lasts.any() and len(_fetch(lives, begin, end, fetches)):
            kept[place + 1] = False
    return cuts[kept]


def forced_ends(trace: Trace, lives: Lives) -> npt.NDArray[np.bool_]:
    """By step: whether it is the last of a hold that another thread asked to end."""
    forced = np.append(lives.recorded.forced(trace), values=False)[lives.hold]
    last = np.concatenate([lives.hold[1:] != lives.hold[:-1], [True]])[: len(lives.hold)]
    of_last: npt.NDArray[np.bool_] = forced & last
    return of_last


def _assembled(
    lives: Lives,
    spans: dict[int, Ints],
    by_pool: list[tuple[Ints, dict[int, Ints]]],
    fetches: npt.NDArray[np.bool_],
) -> tuple[Programs, Ints]:
    """Threads keep what is before and after their tasks, which come behind all of that."""
    programs = replace(lives.programs, with_gil_ns=None)  # it is for replays without the GIL
    fetch = {each: [-1 - number] for number, (members, _) in enumerate(by_pool) for each in members}
    fetch |= {each: [] for members, _ in by_pool for each in _late_workers(lives, members)}
    parts = [
        _own_steps(lives, each, spans, fetch.get(each), fetches) for each in range(len(programs))
    ]
    first = [0, *np.cumsum([len(own) for own in parts]).tolist()]
    spare = _spare_workers(lives, by_pool)
    parts += [np.array([-1 - number], np.int64) for number in spare]
    first += range(first[-1] + 1, first[-1] + 1 + len(spare))
    task, pool = [first[-1]], [0]
    for _, mine in by_pool:
        some = list(_tasks(lives, mine, fetches))
        parts += some
        task += (task[-1] + np.cumsum([len(steps) for steps in some])).tolist()
        pool.append(len(task) - 1)
    row = np.concatenate(parts)
    fetches_here = row < 0
    anew = replace(
        programs,
        first=np.array(first, np.int64),
        kind=np.where(fetches_here, FETCH, programs.kind[row]).astype(np.uint8),
        value=np.where(fetches_here, -1 - row, programs.value[row]),
        turn=programs.turn[row],
        pool=np.array(pool, np.int64),
        task=np.array(task, np.int64),
        until=_longer(programs.until, len(spare), -1),
        is_daemon=_longer(programs.is_daemon, len(spare), 0),
    )
    return anew, row


def _own_steps(
    lives: Lives,
    program: int,
    spans: dict[int, Ints],
    fetch: list[int] | None,
    fetches: npt.NDArray[np.bool_],
) -> Ints:
    """Return the steps of a program that are no tasks, as they were; `fetch` in their place."""
    begin, end = lives.programs.first[program : program + 2].tolist()
    if fetch is None:
        return np.arange(begin, end)
    # Who had no task would have taken one before it waited for its end.
    cuts = spans.get(program, np.array([begin + _idle_from(lives, program, fetches)] * 2))
    around = np.arange(begin, cuts[0]), np.arange(cuts[-1], end)
    return np.concatenate([around[0], np.array(fetch, np.int64), around[1]])


def _longer(column: npt.NDArray[Any] | None, count: int, value: int) -> npt.NDArray[Any] | None:
    return None if column is None else np.append(column, np.full(count, value, column.dtype))


def _late_workers(lives: Lives, members: Ints) -> list[int]:
    """Return workers of an executor that would have been started sooner.

    It starts one for each task, up to a number, unless one is idle. With the GIL one often is.
    """
    queue = queues_of(lives).get(int(lives.threads[members[0]]))
    if queue is None or not lives.streams.workers[queue]:
        return []
    begun_ns = lives.begin_ns[lives.programs.first[members]]
    order = np.argsort(begun_ns, kind="stable")
    given = np.searchsorted(lives.streams.given_ns[queue], begun_ns[order], side="right")
    late: list[int] = members[order][given > np.arange(1, len(members) + 1)].tolist()
    return late


def _spare_workers(lives: Lives, by_pool: list[tuple[Ints, dict[int, Ints]]]) -> list[int]:
    """Return which pool each of the workers is of that are there in their place, or besides."""
    queue_of, spare = queues_of(lives), []
    for number, (members, mine) in enumerate(by_pool):
        queue = queue_of.get(int(lives.threads[members[0]]))
        may_have = int(lives.streams.workers[queue]) if queue is not None else 0
        tasks = sum(len(cuts) - 1 for cuts in mine.values())
        in_time = len(members) - len(_late_workers(lives, members))
        spare += [number] * max(0, min(may_have, tasks) - in_time)
    return spare


def _workers(lives: Lives, by_pool: list[tuple[Ints, dict[int, Ints]]]) -> list[list[int]]:
    """Return the programs of the workers of each pool, those that are there besides among them."""
    found = [members.tolist() for members, _ in by_pool]
    for program, number in enumerate(_spare_workers(lives, by_pool), len(lives.programs)):
        found[number].append(program)
    return found


def _tasks(lives: Lives, mine: dict[int, Ints], fetches: npt.NDArray[np.bool_]) -> Iterator[Ints]:
    """Yield the steps of the tasks of a pool, in the order in which they were begun.

    Who found its task in the queue did not wait for it, but it was not there before the last one
    of which it is known who put it.
    """
    ranges = [pair for cuts in mine.values() for pair in itertools.pairwise(cuts.tolist())]
    ranges.sort(key=lambda pair: int(lives.begin_ns[pair[0]]))
    put = np.empty(0, np.int64)
    for begin, end in ranges:
        own, steps = _fetch(lives, begin, end, fetches), np.arange(begin, end)
        put = own if len(own) else put
        yield steps if len(own) else np.concatenate([put, steps])


def _fetch(lives: Lives, begin: int, end: int, fetches: npt.NDArray[np.bool_]) -> Ints:
    """Return the step of a task that waits for who put it; none if it was there."""
    kind, value = lives.programs.kind[begin:end], lives.programs.value[begin:end]
    of_wait = np.flatnonzero((kind == AWAIT) & (value < len(fetches)))
    own: Ints = begin + of_wait[fetches[value[of_wait]]][:1]
    return own


def _idle_from(lives: Lives, program: int, fetches: npt.NDArray[np.bool_]) -> int:
    """Return which step of a worker that had no task is its first wait for one; else the last."""
    begin, end = lives.programs.first[program : program + 2]
    kind, value = lives.programs.kind[begin:end], lives.programs.value[begin:end]
    of_wait = np.flatnonzero((kind == AWAIT) & (value < len(fetches)))
    idle = of_wait[fetches[value[of_wait]]]
    return int(idle[0]) if len(idle) else int(end - begin)
