"""How one execution ended, before it is made into a report."""

from __future__ import annotations

import inspect
import linecache
import math
import sys
import traceback
from contextlib import suppress
from typing import TYPE_CHECKING, NamedTuple

from gilscope.explore.bytecode.scope import explored_traceback
from gilscope.explore.engine.positions import notification, place_of, position_at, program_frame
from gilscope.explore.facts import Reason, ReasonKind, Wait, WaitKind
from gilscope.explore.results import Blocked, Failure, Kind

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from types import FrameType

    from gilscope.explore.engine.owners import Owners
    from gilscope.explore.engine.thread import LogicalThread

TOO_LATE = Reason(ReasonKind.BUDGET)
NOTHING = Wait(WaitKind.NOTHING)
# Of which there is nothing to say but their text: no suggestions of other names, no source.
PLAIN_ERRORS = {
    *(AssertionError, IndexError, KeyError, RuntimeError, TypeError, ValueError, ZeroDivisionError)
}


class Outcome:
    """Filled by the scheduler. The first failure counts: others often follow from it."""

    def __init__(self) -> None:
        self.kind: Kind | None = None  # of the failure
        self.error: BaseException | None = None  # of the failure, if it is one that was raised
        self._failure: Failure | None = None
        self._raised_by = 0
        self.threads: dict[int, str] = {}  # names by number
        self.steps = 0
        self.covered = False  # given up: its ends are those of other executions
        self.fair = False  # its beginning went by the search, its end by turns
        self.diverged = False
        self.gave_up: Reason | None = None  # why it could not be run to its end
        self.outside: Reason | None = None  # it waited for something outside while time passed
        self.used_time = False
        self.left_daemons = False  # that would have gone on after a while
        self.shortest_timeout_s = math.inf  # that a thread asked for
        self.tell: Callable[[int, object], None] | None = None

    def is_whole(self) -> bool:
        """Whether it came to its end, or to a failure."""
        return not (self.covered or self.diverged or self.gave_up)

    def names(self) -> list[str]:
        """Of its threads, by number."""
        return [self.threads.get(number, "") for number in range(max(self.threads) + 1)]

    @property
    def failure(self) -> Failure | None:
        """In words, for which sources are read: executions fail by the thousand, few are shown."""
        if self._failure is None and self.error is not None and self.kind is not None:
            self._failure = Failure(self.kind, self._raised_by, first_line(self.error), "")
        return self._failure

    @property
    def ending(self) -> Ending | None:
        """The same, for comparing executions; None if it ended well."""
        if self._failure is None and self.error is not None:
            return ending_of(self.error)
        return Ending(self._failure.message, "", 0) if self._failure is not None else None

    def _fail(self, failure: Failure) -> None:
        self._failure, self.kind = failure, failure.kind

    def fail(self, kind: Kind, thread: int | None, message: str) -> None:
        if self.kind is None:
            self._fail(Failure(kind, thread, message, ""))

    def raised(self, thread: int, error: BaseException) -> None:
        if self.kind is not None:
            return
        self.error, self._raised_by = error, thread
        self.kind = Kind.ASSERTION if isinstance(error, AssertionError) else Kind.EXCEPTION
        if self.tell is not None:  # this execution is shown
            whole = "".join(explored_traceback(error))
            self._failure = Failure(self.kind, thread, first_line(error), whole)

    def discount_outside(self) -> None:
        """In truth, something outside may have come before: a failure is no finding."""
        if self.outside and self.kind is not None:
            self._failure = self.kind = self.error = None
            self.gave_up = self.gave_up or self.outside

    def ask_for_time(self, timeout_s: float) -> None:
        self.shortest_timeout_s = min(self.shortest_timeout_s, timeout_s)

    def check(self, invariant: Callable[[], object]) -> None:
        try:
            holds = invariant()
        except Exception as error:  # noqa: BLE001 # says how it does not hold
            self.fail(Kind.INVARIANT, None, f"{type(error).__name__}: {error}")
        else:
            if holds is False:
                self.fail(Kind.INVARIANT, None, "the invariant does not hold")

    def never_ends(self, thread: int | None) -> None:
        """`thread` is the one whose loop it is, where there is only one."""
        message = "no end: the threads come back to the state in which they were"
        if thread is not None:
            message = "an endless loop that waits for nothing"
        self.fail(Kind.LIVELOCK, thread, message)

    def locate(self, thread: int, frame: FrameType) -> None:
        """Say where the thread of a failure was."""
        failure = self.failure
        if failure is not None and not failure.blocked:
            there = Blocked(thread, position_at(place_of(program_frame(frame))), NOTHING, None)
            self._fail(Failure(failure.kind, failure.thread, failure.message, "", (there,)))

    def report_deadlock(self, threads: Sequence[LogicalThread], owners: Owners) -> None:
        if self.kind is not None:
            return
        frames = sys._current_frames()  # noqa: SLF001 # there is no other way to see them
        blocked = tuple(
            _blocked(each, frames[each.ident], owners, threads)
            for each in threads
            if not each.done and each.ident in frames and not each.daemon
        )
        count = len(blocked)
        message = f"deadlock: {count} thread{'s' * (count != 1)} wait{'s' * (count == 1)} for ever"
        self._fail(Failure(Kind.DEADLOCK, None, message, "", blocked))


def _blocked(
    thread: LogicalThread, frame: FrameType, owners: Owners, threads: Sequence[LogicalThread]
) -> Blocked:
    waits_for, holder = notification(frame), None
    if waits_for is None:
        waits_for, holder = owners.holder_of(thread.plan, threads)
    position = position_at(place_of(program_frame(frame)))
    return Blocked(thread.number, position, waits_for, holder)


def why_not_run(made: object) -> Reason | None:
    """What there is to say about what a test returned, if nobody will run it."""
    if made is None:
        return None
    if inspect.iscoroutine(made):
        made.close()
    elif not (inspect.isawaitable(made) or inspect.isgenerator(made) or inspect.isasyncgen(made)):
        return None
    return Reason(ReasonKind.NEVER_RUN, type(made).__name__)


class Ending(NamedTuple):
    """How an execution failed, and where, without the source that it takes to show it."""

    said: str
    file: str
    line: int

    def message(self) -> str:
        """The line of source stands for an assertion that says nothing itself."""
        if self.said != "AssertionError":
            return self.said
        linecache.checkcache(self.file)
        return f"{self.said}: {linecache.getline(self.file, self.line).strip()}"


def ending_of(error: BaseException) -> Ending:
    """What kind of error, and what it says; without notes, or the source of a SyntaxError."""
    said = _said(error).partition("\n")[0].strip()
    place = error.__traceback__
    while place is not None and place.tb_next is not None:
        place = place.tb_next
    if place is None:
        return Ending(said, "", 0)
    return Ending(said, place.tb_frame.f_code.co_filename, place.tb_lineno)


def first_line(error: BaseException) -> str:
    return ending_of(error).message()


def _said(error: BaseException) -> str:
    """As `traceback` has it, whose way to find out what else there may be to say takes longer."""
    if type(error) in PLAIN_ERRORS:
        with suppress(Exception):  # it may contain what raises when it is shown
            said = str(error)
            return f"{type(error).__name__}: {said}" if said else type(error).__name__
    lines = traceback.format_exception_only(error)
    return next((each for each in lines if not each.startswith(" ")), type(error).__name__)
