"""Waiting for files: a thread goes on to a call only once the kernel says that it will not block.

Pipes and sockets are the program's own, so the calls are CPython's. All of them, and all other
functions that reach what lies outside of Python's objects, touch one location: their order matters.
"""

from __future__ import annotations

import math
import select
from typing import TYPE_CHECKING, Any

from gilscope import _explorer
from gilscope.explore.bytecode.effects.threads import Request
from gilscope.explore.engine.plans import Plan
from gilscope.explore.engine.standins import peers
from gilscope.explore.facts import ReasonKind, Wait, WaitKind
from gilscope.explore.search.steps import ACQUIRE, ALL, READ, WRITE

if TYPE_CHECKING:
    from collections.abc import Callable

    from gilscope.explore.search.steps import Step

READABLE, WRITABLE = select.POLLIN, select.POLLOUT
MILLISECONDS = 1_000


def _step(mode: int) -> Step:
    return ((_explorer.number_of(_explorer.OUTSIDE), ALL, mode),)


def is_ready(file: object, event: int) -> bool:
    """Whether a call would not block; errors make it return, too. A file that is none raises."""
    poll = select.poll()
    try:
        poll.register(file, event)  # type: ignore[arg-type] # whatever the program passes
        return bool(poll.poll(0))
    except (OSError, ValueError, TypeError):
        return True


def _when_ready(file: object, event: int, timeout_s: float | None) -> Plan:
    return Plan(
        _step(ACQUIRE),
        lambda: is_ready(file, event),
        timeout_s,
        _raise_timeout,
        what=Wait(WaitKind.FILE),
        lets_go=True,
        is_outside=lambda: peers.is_outside(file),
    )


def _of_descriptor(event: int) -> Callable[..., Plan]:
    def plan(target: Any, args: tuple[Any, ...], keywords: dict[str, Any]) -> Plan:
        del target, keywords
        return _when_ready(args[0], event, None) if args else Plan(())

    return plan


def _of_socket(event: int) -> Callable[..., Plan]:
    def plan(target: Any, args: tuple[Any, ...], keywords: dict[str, Any]) -> Plan:
        del args, keywords
        timeout_s = target.gettimeout()
        if timeout_s == 0:  # never blocks
            return Plan(_step(WRITE), lets_go=True)
        return _when_ready(target.fileno(), event, timeout_s)

    return plan


def _waiting(
    is_any_ready: Callable[[], bool],
    timeout_s: float | None,
    nothing: Callable[..., object],
    is_outside: Callable[[], bool],
) -> Plan:
    if timeout_s == 0:
        return Plan(_step(READ), lets_go=True)
    try:
        is_any_ready()
    except (OSError, ValueError, TypeError):  # the call itself raises
        return Plan(_step(READ), lets_go=True)
    return Plan(
        _step(ACQUIRE),
        lambda: _unless_closed(is_any_ready),
        timeout_s,
        nothing,
        what=Wait(WaitKind.FILES),
        lets_go=True,
        is_outside=is_outside,
    )


def _unless_closed(is_any_ready: Callable[[], bool]) -> bool:
    """A file that is closed while somebody waits for it never becomes ready."""
    try:
        return is_any_ready()
    except (OSError, ValueError):
        return False


def _limit(timeout: Any, unit: float) -> float | None:
    """In seconds; None: for ever. What is no number raises in the call itself."""
    if not isinstance(timeout, int | float) or timeout < 0 or math.isinf(timeout):
        return None
    return timeout / unit


def _epoll(target: Any, args: tuple[Any, ...], keywords: dict[str, Any]) -> Plan:
    timeout = args[0] if args else keywords.get("timeout")
    return _waiting(
        lambda: bool(target.poll(0)),
        _limit(timeout, 1),
        _no_events,
        lambda: peers.is_outside(target),
    )


def _poll(target: Any, args: tuple[Any, ...], keywords: dict[str, Any]) -> Plan:
    timeout = args[0] if args else keywords.get("timeout")
    return _waiting(
        lambda: bool(target.poll(0)),
        _limit(timeout, MILLISECONDS),
        _no_events,
        peers.is_any_socket_outside,
    )


def _select(target: Any, args: tuple[Any, ...], keywords: dict[str, Any]) -> Plan:
    del target, keywords
    files: list[Any] = [*args[:3], (), (), ()][:3]
    timeout = args[3] if len(args) > 3 else None
    return _waiting(
        lambda: any(select.select(files[0], files[1], files[2], 0)),
        _limit(timeout, 1),
        _no_files,
        lambda: any(peers.is_any_outside(each) for each in files),
    )


def _no_events(*_: object) -> list[object]:
    return []


def _no_files(*_: object) -> tuple[list[object], list[object], list[object]]:
    return [], [], []


def _raise_timeout(*_: object, **__: object) -> None:
    raise TimeoutError("timed out")


def _refuse(why: ReasonKind) -> Callable[..., Plan]:
    def plan(target: Any, args: tuple[Any, ...], keywords: dict[str, Any]) -> Plan:
        del target, args, keywords
        return Plan((), refused=why)

    return plan


PLANS: dict[int, Callable[[Any, tuple[Any, ...], dict[str, Any]], Plan]] = {
    Request.READ_FILE: _of_descriptor(READABLE),
    Request.WRITE_FILE: _of_descriptor(WRITABLE),
    Request.RECEIVE: _of_socket(READABLE),
    Request.SEND: _of_socket(WRITABLE),
    Request.EPOLL: _epoll,
    Request.POLL: _poll,
    Request.SELECT: _select,
    Request.START_PROCESS: _refuse(ReasonKind.STARTS_PROCESS),
    Request.START_THREAD: _refuse(ReasonKind.STARTS_RAW_THREAD),
}
