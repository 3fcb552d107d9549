"""What is known of an exploration's limits, as data: reasons, assumptions, hindrances and waits.

Who shows one writes a sentence of it, by `narration/sentences.py`; nobody decides by sentences.
The values of the enumerations are in JSON, and stay.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

from gilscope.cells import place

if TYPE_CHECKING:
    from collections.abc import Iterable


@dataclass(frozen=True, slots=True)
class Position:
    """A line of source. `file` is relative to the working folder where it lies below it."""

    file: str
    line: int
    function: str

    @property
    def place(self) -> str:
        """As editors and terminals know it: `file.py:12`; `cell 3, line 12` of a notebook."""
        return place(self.file, self.line)


class ReasonKind(Enum):
    """Why nothing is proven."""

    # What the program did that explore does not know enough of.
    NOT_MODELLED = "not-modelled"  # `subject`: a function in C, or an operation
    NOT_ATOMIC = "not-atomic"  # the same: without the GIL, another thread can come in its middle
    NOT_REPEATABLE = "not-repeatable"  # a function whose answer is another in each execution
    NOT_INCLUDED = "not-included"  # a package
    IMPORT = "import"
    FINALIZER = "finalizer"  # a `__del__`, which runs wherever the last reference is dropped
    LATE_FINALIZER = "late-finalizer"  # a `__del__` that ran later than it would have
    COLLECTED = "collected"  # a function that the garbage collector may run at any moment
    # What explore cannot run to its end.
    STARTS_PROCESS = "starts-process"
    STARTS_RAW_THREAD = "starts-raw-thread"  # by `_thread`
    TOO_MANY_THREADS = "too-many-threads"  # more than `subject`
    THREAD_OF_EARLIER = "thread-of-earlier"  # a thread of an earlier execution
    NEVER_RUN = "never-run"  # a type, of what the test returned
    BLOCKED = "blocked"  # in a call that is not modelled
    BLOCKED_IN_FIXTURE = "blocked-in-fixture"
    SLOW_CALL = "slow-call"  # in which the budget was spent
    THREAD_DOES_NOT_END = "thread-does-not-end"  # when its execution is over
    # What others than the explored threads do.
    THREAD_BEFORE = "thread-before"  # a thread that was started before the test
    THREAD_UNEXPLORED = "thread-unexplored"  # a thread
    WAITS_FOR_UNEXPLORED = "waits-for-unexplored"  # all threads of the program
    TIME_OUTSIDE = "time-outside"  # passed while a thread waited for something outside
    DATABASE_LOCKED = "database-locked"  # SQLite would have waited
    # What executions leave behind for the next.
    ENDED_OTHERWISE = "ended-otherwise"  # how: the first ended well, and a later one failed
    WENT_OTHERWISE = "went-otherwise"  # than the first
    EACH_OTHERWISE = "each-otherwise"
    LEFT_BEHIND = "left-behind"  # globals
    # Executions that began alike went on differently.
    DIVERGED = "diverged"
    DIVERGED_IN_STEP = "diverged-in-step"  # one did `subject`, another that of `second`
    DIVERGED_IN_OBJECT = "diverged-in-object"  # `subject` was about something else each time
    DIVERGED_IN_LENGTH = "diverged-in-length"  # one ended where another did `subject`
    SEEN_ONCE = "seen-once"  # a failure, and not again under the same schedule
    # What was not tried.
    BUDGET = "budget"  # spent before all interleavings were tried
    BOUND_REACHED = "bound-reached"  # all with at most `number` preemptions were tried
    ONLY_SAMPLED = "only-sampled"
    INTERRUPTED = "interrupted"
    LONG_EXECUTION = "long-execution"  # more than `number` steps
    # What is no test to be explored here.
    ASYNC_TEST = "async-test"
    GENERATOR_TEST = "generator-test"
    NEEDS_PYTEST = "needs-pytest"  # why
    # Of a replay.
    NOTHING_FAILED = "nothing-failed"
    CODE_CHANGED = "code-changed"  # functions
    CODE_NOT_CALLED = "code-not-called"  # or changed: functions
    NOT_FOLLOWED = "not-followed"
    # Of the attack.
    SEARCH_REFUTED = "search-refuted"
    FAILS_OUTSIDE = "fails-outside"  # of the exploration: how
    STOOD_STILL = "stood-still"  # with real threads: where
    CRASHED = "crashed"  # a signal


SAYS_NOTHING_OF_THE_TEST = frozenset(
    {ReasonKind.CODE_CHANGED, ReasonKind.CODE_NOT_CALLED, ReasonKind.NOT_FOLLOWED}
)  # of a replay: it did not happen


class AssumptionKind(Enum):
    """What a proof rests on."""

    ONE_THREAD = "one-thread"
    SAME_STATE = "same-state"
    WRITES_IN_ORDER = "writes-in-order"
    NO_COLLECTION = "no-collection"
    SAME_RANDOM_BYTES = "same-random-bytes"
    ANY_FIRST_LOOK = "any-first-look"  # at the clock
    COMPUTING_IN_NO_TIME = "computing-in-no-time"
    KERNEL_APART = "kernel-apart"  # of a notebook: its own threads
    DAEMONS_LEFT = "daemons-left"  # behind, as they would have gone on by themselves
    PREEMPTIONS_BOUNDED = "preemptions-bounded"  # by `number`


class HindranceKind(Enum):
    """Why a proof was not attacked, or not as often as it should have been."""

    NO_FORK = "no-fork"
    DEPENDS_ON_TIME = "depends-on-time"
    PREEMPTIONS_BOUNDED = "preemptions-bounded"
    RUNS_WITHOUT_GIL = "runs-without-gil"
    NO_TIME_LEFT = "no-time-left"
    FORK_FAILED = "fork-failed"  # `subject`: what the system says
    INTERRUPTED = "interrupted"
    NO_RUN_ENDED = "no-run-ended"
    COULD_NOT_RUN = "could-not-run"  # `subject`: the error
    PROCESS_ENDED = "process-ended"


class WaitKind(Enum):
    """What a thread waits for."""

    LOCK = "lock"
    RLOCK = "rlock"
    THREAD = "thread"  # the end of `subject`
    NOTIFICATION = "notification"  # in `subject`, a method
    TIME = "time"
    FILE = "file"
    FILES = "files"
    OBJECT = "object"  # `subject`: its type
    NOTHING = "nothing"  # it never stops running


@dataclass(frozen=True, slots=True)
class Mention:
    """What another execution did, and where."""

    subject: str
    position: Position | None = None


@dataclass(frozen=True, slots=True)
class Reason:
    """Why nothing is proven, what a proof rests on, or why it was not attacked.

    The comments beside the kinds say what the subject and the number are.
    """

    kind: ReasonKind | AssumptionKind | HindranceKind
    subject: str = ""
    position: Position | None = None  # in the program, if it is known
    number: int = 0
    second: Mention | None = None


@dataclass(frozen=True, slots=True)
class Wait:
    """What a thread waits for."""

    kind: WaitKind
    subject: str = ""


def in_order(reasons: Iterable[Reason]) -> list[Reason]:
    """The same in every exploration."""
    return sorted(reasons, key=lambda each: (each.kind.value, each.subject, str(each.position)))
