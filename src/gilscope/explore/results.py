"""What an exploration found out, as data: verdict, failing schedule, races, assumptions."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class Verdict(Enum):
    """What is known about all interleavings of a test."""

    PROVEN = "proven"  # each one within the stated bounds and assumptions ends well
    FOUND = "found"  # one of them fails; it can be replayed
    NOT_PROVEN = "not proven"  # none failed, but not all could be tried; the reasons say why


class Kind(Enum):
    """How an execution failed."""

    ASSERTION = "assertion"
    EXCEPTION = "exception"
    INVARIANT = "invariant"
    DEADLOCK = "deadlock"
    LIVELOCK = "livelock"


@dataclass(frozen=True, slots=True)
class Position:
    """A line of source. `file` is relative to the working folder where it lies below it."""

    file: str
    line: int
    function: str

    @property
    def place(self) -> str:
        """As editors and terminals know it: `file.py:12`."""
        return f"{self.file}:{self.line}"


class ReasonKind(Enum):
    """Why nothing is proven. Beside each kind stands what the subject of such a reason is."""

    # What the program did that explore does not know enough of.
    NOT_MODELLED = "not-modelled"  # a function in C, or an operation
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
    TOO_MANY_THREADS = "too-many-threads"  # how many are allowed
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
    # What was not tried.
    BUDGET = "budget"  # spent before all interleavings were tried


@dataclass(frozen=True, slots=True)
class Reason:
    """Why nothing is proven, or on what a proof rests."""

    kind: ReasonKind
    subject: str = ""
    position: Position | None = None  # in the program, if it is known


@dataclass(frozen=True, slots=True)
class Inside:
    """Where a step was in the library that a line of the program called, and what it did there."""

    position: Position
    operation: str
    target: str


@dataclass(frozen=True, slots=True)
class Event:
    """One step of one thread: what it did to something that another thread uses, too."""

    thread: int
    position: Position  # the innermost line of the explored program, not of threading.py below it
    operation: str  # read, write, acquire, release, start, join, sleep, call, time out, …
    target: str  # "counter.value", "lock", "items[0]": as the test names it, if it can
    value: str | None  # what was read or written, as repr() shows it, shortened; None: no value
    switch: bool  # another thread than in the event before
    preemption: bool  # a switch away from a thread that could have gone on
    before: str | None = None  # what a write replaces, or what a container holds before a call
    object: int | None = None  # one number, one object; None: not one that was looked at
    same: str | None = None  # what an earlier event calls that object, if that is otherwise
    decisive: bool = False  # met an access of another thread: in another order, other values
    inside: Inside | None = None  # of a step in a library that is called


@dataclass(frozen=True, slots=True)
class Blocked:
    """A thread that waits for ever."""

    thread: int
    position: Position
    waits_for: str  # "lock", "join of Thread-1", …
    held_by: int | None  # the thread that has it; None if nobody has, or nobody can tell

    @property
    def is_join(self) -> bool:
        """Whether it waits for the end of that thread."""
        return self.waits_for.startswith("the end of ")


@dataclass(frozen=True, slots=True)
class Failure:
    """What went wrong in one execution. `thread` is None where no single thread is to blame."""

    kind: Kind
    thread: int | None
    message: str  # one line: "AssertionError: 1 != 2", "deadlock of 2 threads"
    traceback: str  # as Python prints it, of the explored program only; "" where there is none
    blocked: tuple[Blocked, ...] = ()  # for a deadlock: who waits for whom


@dataclass(frozen=True, slots=True)
class Counterexample:
    """A failing execution with as few context switches as were found."""

    failure: Failure
    threads: tuple[str, ...]  # names by thread number; the test itself is number 0
    events: tuple[Event, ...]
    switches: int
    preemptions: int
    minimal: bool  # shown to be the fewest preemptions by exhausting all schedules with fewer
    schedule: Schedule


@dataclass(frozen=True, slots=True)
class Site:
    """An instruction at which schedules of a test switch threads."""

    file: str
    function: str  # qualified name
    first_line: int  # of the function
    offset: int  # bytes into its bytecode
    opcode: str


@dataclass(frozen=True, slots=True)
class Schedule:
    """How to run one execution again: the thread of each step, and where steps begin."""

    world: str
    python: str  # "3.11": offsets mean something for this version only
    choices: tuple[int, ...]
    sites: tuple[Site, ...]


@dataclass(frozen=True, slots=True)
class DataRace:
    """Two accesses to one location, at least one a write, that no lock or other order separates."""

    target: str
    first: Position
    first_operation: str
    second: Position
    second_operation: str


@dataclass(frozen=True, slots=True)
class WorldResult:
    """What was found in one world: `gil-3.11` (this interpreter's), or `free-threaded`."""

    world: str
    verdict: Verdict
    executions: int
    seconds: float
    reasons: tuple[str, ...]  # why nothing is proven; empty otherwise
    preemption_bound: int | None  # all schedules with so many preemptions were tried; None: all


@dataclass(frozen=True, slots=True)
class Contradiction:
    """A failure that the search had excluded: a fault of gilscope, with all that files it."""

    failure: Failure
    worlds: tuple[str, ...]  # in which it can happen
    run: int  # of the attack, from 1
    strategy: str  # "delays", "together", "steps", "free": see explore/attack/noise.py
    seed: int
    python: str  # all that the interpreter says of itself
    gilscope: str  # version


@dataclass(frozen=True, slots=True)
class Attack:
    """Runs of a test with real threads, after its proof and to refute it."""

    runs: int
    seconds: float
    contradiction: Contradiction | None = None
    doubt: str = ""  # something happened that is no failure, and forbids the proof
    hindrance: str = ""  # why it was not attacked, or not as often as it should have been


@dataclass(frozen=True, slots=True)
class Exploration:
    """The outcome of exploring one test."""

    target: str
    python: str  # "3.11.7"
    verdict: Verdict
    worlds: tuple[WorldResult, ...]
    counterexample: Counterexample | None
    races: tuple[DataRace, ...]
    reasons: tuple[str, ...]  # of all worlds, each once
    assumptions: tuple[str, ...]  # what "proven" rests on
    threads: int  # the most that lived at once, the test's own included
    locations: int  # shared locations and locks that schedules were searched over
    longest: int  # steps of the longest execution
    executions: int
    seconds: float
    seed: int
    explored: bool = True  # False: run once as it is, as async tests are
    attack: Attack | None = None  # only what would be proven is attacked

    @property
    def failure(self) -> Failure | None:
        """What goes wrong, if it is known: by a schedule, or under the attack."""
        if self.counterexample is not None:
            return self.counterexample.failure
        contradiction = self.attack and self.attack.contradiction
        return contradiction.failure if contradiction else None
