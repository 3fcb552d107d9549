"""Where in the program a thread is, for people: at a line of theirs, whatever that called."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gilscope.explore.bytecode.scope import is_own, is_users, shown_file
from gilscope.explore.facts import Position, Wait, WaitKind

if TYPE_CHECKING:
    from types import FrameType

BOOTSTRAP = {"Thread._bootstrap", "Thread._bootstrap_inner", "Thread.run"}
NOTIFIED = "Condition.wait"


def program_frame(frame: FrameType) -> FrameType:
    """The innermost frame that is not gilscope's, which stands in for starts and joins."""
    at: FrameType | None = frame
    while at is not None and is_own(at.f_code.co_filename):
        at = at.f_back
    return at or frame


def place_of(frame: FrameType) -> FrameType:
    """The innermost frame of the user's; in a thread without any, the library's that began it."""
    library = frame
    at: FrameType | None = frame
    while at is not None:
        name = at.f_code.co_filename
        if is_own(name):
            break
        if is_users(name):
            return at
        if at.f_code.co_qualname not in BOOTSTRAP:
            library = at
        at = at.f_back
    return library


def position_at(frame: FrameType) -> Position:
    code = frame.f_code
    return Position(shown_file(code.co_filename), frame.f_lineno or 0, code.co_qualname)


def notification(frame: FrameType) -> Wait | None:
    """What a thread waits for in a condition, whose inner lock nobody has but itself."""
    method = ""
    is_waiting = False
    at: FrameType | None = program_frame(frame)
    while at is not None and not (is_users(at.f_code.co_filename) or is_own(at.f_code.co_filename)):
        if at.f_code.co_qualname not in BOOTSTRAP:
            method = at.f_code.co_qualname
        is_waiting = is_waiting or method == NOTIFIED
        at = at.f_back
    return Wait(WaitKind.NOTIFICATION, method) if is_waiting else None
