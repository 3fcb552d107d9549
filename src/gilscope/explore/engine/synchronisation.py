"""What a thread asks of the scheduler, and when it can be granted: locks, queues, time, threads.

The locks are the program's own. A thread is let go on to its `acquire` only when that cannot block,
so the call itself is CPython's; only what the virtual clock decides is replaced by a stand-in.
"""

from __future__ import annotations

import _queue
import _thread
import re
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from gilscope._explorer import MOST_THREADS, number_of
from gilscope.explore.bytecode.effects import Request
from gilscope.explore.engine.plans import Plan
from gilscope.explore.engine.standins import files
from gilscope.explore.facts import Wait, WaitKind
from gilscope.explore.search.steps import ACQUIRE, ALL, AWAIT, READ, RELEASE, WRITE

if TYPE_CHECKING:
    from collections.abc import Callable

    from gilscope.explore.search.steps import Step

LOCKS = (_thread.LockType, _thread.RLock)
RLOCK_OWNER = re.compile(r"owner=(\d+) ")
TIME = Wait(WaitKind.TIME)
MOST_WAITING_S = 1e9  # as good as for ever


def plan(request: tuple[int, Any, tuple[Any, ...], dict[str, Any]]) -> Plan:
    kind, target, args, keywords = request
    return PLANS[kind](target, args, keywords)


@lru_cache(maxsize=4096)
def plain(accesses: Step) -> Plan:
    """Nothing but accesses, as most steps are; they recur from execution to execution."""
    return Plan(accesses, is_plain=True)


def step_of(plan: Plan) -> Step:
    """As it is now: to release a lock that nobody has releases nobody."""
    if plan.release is None or is_locked(plan.release):
        return plan.step
    return tuple((number, part, WRITE) for number, part, _ in plan.step)


def is_locked(lock: Any) -> bool:
    if isinstance(lock, _thread.LockType):
        return lock.locked()
    return owner_of(lock) != 0


def is_free(lock: Any) -> bool:
    """Whether the calling thread gets it at once."""
    return _gate_of(lock)()


def owner_of(lock: Any) -> int:
    """The identity of the thread that has an RLock; 0 if nobody has."""
    found = RLOCK_OWNER.search(_thread.RLock.__repr__(lock))
    return int(found[1]) if found else 0


def is_held(plan: Plan) -> bool:
    """Whether the lock that a plan is about is held; False for all that is no lock."""
    return isinstance(plan.what, LOCKS) and is_locked(plan.what)


def _gate_of(lock: Any) -> Callable[[], bool]:
    if isinstance(lock, _thread.LockType):
        locked = lock.locked
        return lambda: not locked()
    me = _thread.get_ident()
    return lambda: owner_of(lock) in (0, me)


def _acquire(lock: Any, args: tuple[Any, ...], keywords: dict[str, Any]) -> Plan:
    number = number_of(lock)
    blocking = args[0] if args else keywords.get("blocking", True)
    timeout = args[1] if len(args) > 1 else keywords.get("timeout", -1)
    if not blocking or not isinstance(timeout, int | float) or timeout == 0:
        certain = isinstance(blocking, bool) and timeout == -1
        return Plan(
            ((number, ALL, WRITE),), what=lock, takes=certain
        )  # a try; wrong arguments raise by themselves
    limit = None if timeout < 0 or timeout > MOST_WAITING_S else float(timeout)
    step = ((number, ALL, ACQUIRE),)
    takes = not args and not keywords  # others may be wrong, and raise
    return Plan(step, _gate_of(lock), limit, _answer_false, what=lock, takes=takes)


def _enter(lock: Any, args: tuple[Any, ...], keywords: dict[str, Any]) -> Plan:
    plan = _acquire(lock, args, keywords)
    plan.blocks = True
    return plan


def _acquire_again(lock: Any, args: tuple[Any, ...], keywords: dict[str, Any]) -> Plan:
    del args, keywords
    return Plan(((number_of(lock), ALL, ACQUIRE),), _gate_of(lock), what=lock)


def _release(lock: Any, args: tuple[Any, ...], keywords: dict[str, Any]) -> Plan:
    del args, keywords
    return Plan(((number_of(lock), ALL, RELEASE),), release=lock)


def _release_all(lock: Any, args: tuple[Any, ...], keywords: dict[str, Any]) -> Plan:
    plan = _release(lock, args, keywords)
    plan.wholly = True
    return plan


def _locked(lock: Any, args: tuple[Any, ...], keywords: dict[str, Any]) -> Plan:
    del args, keywords
    return Plan(((number_of(lock), ALL, READ),))


def _put(queue: Any, args: tuple[Any, ...], keywords: dict[str, Any]) -> Plan:
    del args, keywords
    return Plan(((number_of(queue), ALL, WRITE),), passes_on=True)


def _get(queue: Any, args: tuple[Any, ...], keywords: dict[str, Any]) -> Plan:
    block = args[0] if args else keywords.get("block", True)
    timeout = args[1] if len(args) > 1 else keywords.get("timeout")
    number = number_of(queue)
    if not block or (isinstance(timeout, int | float) and timeout <= 0):
        return Plan(((number, ALL, WRITE),), passes_on=True)
    limit = float(timeout) if isinstance(timeout, int | float) else None
    empty = queue.empty
    step = ((number, ALL, ACQUIRE),)
    return Plan(step, lambda: not empty(), limit, _raise_empty, passes_on=True, what=queue)


def _size(queue: Any, args: tuple[Any, ...], keywords: dict[str, Any]) -> Plan:
    del args, keywords
    return Plan(((number_of(queue), ALL, READ),))


def _sleep(target: Any, args: tuple[Any, ...], keywords: dict[str, Any]) -> Plan:
    del target, keywords
    seconds = args[0] if args else None
    if not isinstance(seconds, int | float) or seconds < 0:
        return Plan(())  # raises by itself
    if seconds == 0:
        return Plan((), on_time=_answer_none, always=True)
    return Plan((), _never, float(seconds), _answer_none, always=True, what=TIME)


def start_of(number: int) -> int:
    """The object that stands for the start of a thread; objects proper are numbered from 0."""
    return -2 * number - 1


def end_of(number: int) -> int:
    return -2 * number - 2


def start(number: int, thread: Any) -> Plan:
    """It changes the thread object, too: whether it is started, and its identity."""
    return _start(number, number_of(thread), thread.name)


# Plans that recur from execution to execution, as threads do.
@lru_cache(maxsize=256)
def _start(number: int, thread: int, name: str) -> Plan:
    step = ((start_of(number), ALL, RELEASE), (thread, ALL, WRITE))
    return Plan(step, is_plain=True, verb="start", noun=name)


def look_at(thread: Any) -> Plan:
    """At a thread that is not started yet."""
    step = ((number_of(thread), ALL, READ),)
    return Plan(step, is_plain=True, verb="look at", noun=thread.name)


@lru_cache(maxsize=256)
def started(number: int) -> Plan:
    return Plan(((start_of(number), ALL, AWAIT),), is_plain=True)


def turn_of(number: int) -> int:
    """The object that stands for the first step of a thread that others look like."""
    return -2 * MOST_THREADS - 1 - number


def started_after(number: int, before: int, is_its_turn: Callable[[], bool]) -> Plan:
    """The beginning of a thread that waits until another, just like it, has taken a step."""
    step = ((start_of(number), ALL, AWAIT), (turn_of(before), ALL, AWAIT))
    return Plan(step, is_its_turn)


@lru_cache(maxsize=256)
def ended(number: int) -> Plan:
    return Plan(((end_of(number), ALL, RELEASE),), is_plain=True, verb="end")


def join(number: int, is_done: Callable[[], bool], timeout_s: float | None, name: str) -> Plan:
    step = ((end_of(number), ALL, AWAIT),)
    return Plan(
        step,
        is_done,
        timeout_s,
        what=Wait(WaitKind.THREAD, name),
        holder=number,
        verb="join",
        noun=name,
    )


@lru_cache(maxsize=256)
def alive(number: int, name: str) -> Plan:
    return Plan(((end_of(number), ALL, READ),), is_plain=True, verb="is_alive", noun=name)


def _never() -> bool:
    return False


def _answer_false(*_args: object, **_keywords: object) -> bool:
    return False


def _answer_none(*_args: object, **_keywords: object) -> None:
    return None


def _raise_empty(*_args: object, **_keywords: object) -> None:
    raise _queue.Empty


PLANS: dict[int, Callable[[Any, tuple[Any, ...], dict[str, Any]], Plan]] = {
    Request.ACQUIRE: _acquire,
    Request.ENTER: _enter,
    Request.RELEASE: _release,
    Request.LOCKED: _locked,
    Request.RELEASE_ALL: _release_all,
    Request.ACQUIRE_AGAIN: _acquire_again,
    Request.PUT: _put,
    Request.GET: _get,
    Request.GET_NOWAIT: _put,
    Request.SIZE: _size,
    Request.SLEEP: _sleep,
    **files.PLANS,
}
