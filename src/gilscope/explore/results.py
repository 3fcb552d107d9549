"""What an exploration found out, as data: verdict, failing schedule, races, assumptions."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum

from gilscope.explore.facts import Position, Reason, Wait, WaitKind
from gilscope.showing import Shown


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
    waits_for: Wait
    held_by: int | None  # the thread that has it; None if nobody has, or nobody can tell

    @property
    def is_join(self) -> bool:
        """Whether it waits for the end of that thread."""
        return self.waits_for.kind is WaitKind.THREAD

    @property
    def is_running(self) -> bool:
        """Whether it waits for nothing, and goes on for ever."""
        return self.waits_for.kind is WaitKind.NOTHING


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
    """An instruction at which threads meet. Schedules switch threads before it, unless locks guard
    all that it touches.
    """

    file: str
    function: str  # qualified name
    first_line: int  # of the function
    offset: int  # bytes into its bytecode
    opcode: str
    guarded: bool = field(default=False, compare=False)


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
    reasons: tuple[Reason, ...]  # why nothing is proven; empty otherwise
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
    doubt: Reason | None = None  # something happened that is no failure, and forbids the proof
    hindrance: Reason | None = None  # why there were no runs, or fewer than there should be


@dataclass(frozen=True, slots=True)
class Exploration(Shown):
    """The outcome of exploring one test."""

    target: str
    python: str  # "3.11.7"
    verdict: Verdict
    worlds: tuple[WorldResult, ...]
    counterexample: Counterexample | None
    races: tuple[DataRace, ...]
    reasons: tuple[Reason, ...]  # of all worlds, each once
    assumptions: tuple[Reason, ...]  # what "proven" rests on
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
