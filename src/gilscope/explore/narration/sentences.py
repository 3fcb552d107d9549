"""Reasons and waits as English sentences, for whoever shows them; nobody decides by them."""

from __future__ import annotations

from pathlib import PurePath
from typing import TYPE_CHECKING

from gilscope.explore.facts import AssumptionKind, HindranceKind, ReasonKind, WaitKind

if TYPE_CHECKING:
    from collections.abc import Iterable

    from gilscope.explore.facts import Position, Reason, Wait

DIVERGED = "executions that began alike went on differently"
LEFT = "so something was left behind"

SENTENCES: dict[ReasonKind | AssumptionKind | HindranceKind, str] = {
    ReasonKind.NOT_MODELLED: "not modelled: {subject}{at}",
    ReasonKind.NOT_ATOMIC: "not atomic: {subject}{at} without the GIL",
    ReasonKind.NOT_REPEATABLE: "not repeatable: {subject}",
    ReasonKind.NOT_INCLUDED: "{subject} is not explored (--include {subject} explores it)",
    ReasonKind.IMPORT: "not modelled: the import of a module",
    ReasonKind.FINALIZER: (
        "not modelled: {subject}, which runs wherever the last reference is dropped"
    ),
    ReasonKind.LATE_FINALIZER: "ran later than it would have: {subject}",
    ReasonKind.COLLECTED: "the garbage collector may run {subject} at any moment",
    ReasonKind.STARTS_PROCESS: "starts a process{where}",
    ReasonKind.STARTS_RAW_THREAD: "starts a thread with `_thread`, which is not explored{where}",
    ReasonKind.TOO_MANY_THREADS: "more than {subject} threads in one execution",
    ReasonKind.THREAD_OF_EARLIER: "{subject} of an earlier execution is used again",
    ReasonKind.NEVER_RUN: "the test created a {subject} that nobody runs",
    ReasonKind.BLOCKED: "blocked in a call that is not modelled{where}",
    ReasonKind.BLOCKED_IN_FIXTURE: "blocked in a fixture{where}",
    ReasonKind.SLOW_CALL: "the budget was spent in a call that takes long{where}",
    ReasonKind.THREAD_DOES_NOT_END: "a thread does not end when its execution is over{where}",
    ReasonKind.THREAD_BEFORE: "{subject}, started before the test, is not explored",
    ReasonKind.THREAD_UNEXPLORED: "{subject} is not explored",
    ReasonKind.WAITS_FOR_UNEXPLORED: (
        "no thread can go on, unless one that is not explored lets it"
    ),
    ReasonKind.TIME_OUTSIDE: "time passed while waiting for something outside{where}",
    ReasonKind.DATABASE_LOCKED: "SQLite would have waited for a thread that stands still{where}",
    ReasonKind.ENDED_OTHERWISE: (
        f"the first execution ended well, and a later one did not, {LEFT}: {{subject}}"
    ),
    ReasonKind.WENT_OTHERWISE: (
        f"the first execution went differently from those after it, {LEFT}{{see}}"
    ),
    ReasonKind.EACH_OTHERWISE: "each of the first executions went differently{see}",
    ReasonKind.LEFT_BEHIND: "executions leave something behind for the next: {subject}",
    ReasonKind.DIVERGED: f"{DIVERGED}: is something random, or left over?",
    ReasonKind.DIVERGED_IN_STEP: (
        f"{DIVERGED}: one did `{{subject}}`{{within}}, another `{{other}}`{{there}}"
    ),
    ReasonKind.DIVERGED_IN_OBJECT: (
        f"{DIVERGED}: `{{subject}}`{{within}} was about something else each time"
    ),
    ReasonKind.DIVERGED_IN_LENGTH: (
        f"{DIVERGED}: one ended where another did `{{subject}}`{{within}}"
    ),
    ReasonKind.SEEN_ONCE: "a failure was seen once and not again: {subject}",
    ReasonKind.BUDGET: "the budget was spent before all interleavings were tried",
    ReasonKind.BOUND_REACHED: "but all with at most {preemptions} end well",
    ReasonKind.ONLY_SAMPLED: "interleavings were only sampled",
    ReasonKind.INTERRUPTED: "the exploration was interrupted",
    ReasonKind.LONG_EXECUTION: "an execution had more than {number:,} steps",
    ReasonKind.ASYNC_TEST: "async tests are run once, not explored",
    ReasonKind.GENERATOR_TEST: "tests that are generators are run once, not explored",
    ReasonKind.NEEDS_PYTEST: "it needs pytest: {subject}",
    ReasonKind.NOTHING_FAILED: "the schedule was followed to its end, and nothing failed",
    ReasonKind.CODE_CHANGED: "this schedule no longer fits the code: {subject} changed",
    ReasonKind.CODE_NOT_CALLED: (
        "this schedule no longer fits the code: {subject} changed, or was not called"
    ),
    ReasonKind.NOT_FOLLOWED: (
        "this schedule could not be followed to its end: is something random, or left over?"
    ),
    ReasonKind.SEARCH_REFUTED: (
        "explore's search excluded a failure that happened: this is a fault of gilscope"
    ),
    ReasonKind.FAILS_OUTSIDE: "it fails outside of the exploration: {subject}",
    ReasonKind.STOOD_STILL: "with real threads it hung{about}",
    ReasonKind.CRASHED: "with real threads Python crashed: {subject}",
    AssumptionKind.ONE_THREAD: "the test starts no thread; nothing to explore",
    AssumptionKind.SAME_STATE: (
        "the test begins from the same state each time, and only the order of threads differs"
    ),
    AssumptionKind.WRITES_IN_ORDER: (
        "threads see each other's writes in the order in which they were made"
    ),
    AssumptionKind.NO_COLLECTION: "the garbage collector does not run while the test does",
    AssumptionKind.SAME_RANDOM_BYTES: (
        "random bytes, such as those of uuid and secrets, are the same in each execution"
    ),
    AssumptionKind.ANY_FIRST_LOOK: (
        "what threads do does not depend on which of them looked at the clock first"
    ),
    AssumptionKind.COMPUTING_IN_NO_TIME: (
        "computing takes no time: sleeps and timeouts end only when no thread can go on"
    ),
    AssumptionKind.DAEMONS_LEFT: (
        "daemon threads that the test leaves behind do no harm after their next wait"
    ),
    AssumptionKind.KERNEL_APART: (
        "the threads with which the kernel serves the notebook touch nothing of the test"
    ),
    AssumptionKind.PREEMPTIONS_BOUNDED: "no schedule has more than {preemptions}",
    HindranceKind.NO_FORK: "processes cannot be forked here",
    HindranceKind.DEPENDS_ON_TIME: "it depends on time, which passes differently there",
    HindranceKind.PREEMPTIONS_BOUNDED: (
        "threads cannot be kept from being preempted more often there"
    ),
    HindranceKind.RUNS_WITHOUT_GIL: "this Python runs without the GIL",
    HindranceKind.NO_TIME_LEFT: "no time was left",
    HindranceKind.FORK_FAILED: "no process could be forked: {subject}",
    HindranceKind.INTERRUPTED: "it was interrupted",
    HindranceKind.NO_RUN_ENDED: "no run came to its end in time",
    HindranceKind.COULD_NOT_RUN: "it could not run in a process of its own: {subject}",
    HindranceKind.PROCESS_ENDED: "its process ended early",
}

WAITS = {
    WaitKind.LOCK: "a Lock",
    WaitKind.RLOCK: "an RLock",
    WaitKind.THREAD: "the end of {subject}",
    WaitKind.NOTIFICATION: "a notification in {subject}",
    WaitKind.TIME: "sleep",
    WaitKind.FILE: "a file",
    WaitKind.FILES: "files",
    WaitKind.OBJECT: "a {subject}",
    WaitKind.NOTHING: "nothing",
}


def sentence(reason: Reason) -> str:
    second, where = reason.second, reason.position
    return SENTENCES[reason.kind].format(
        subject=reason.subject,
        about=f": {reason.subject}" if reason.subject else "",
        number=reason.number,
        preemptions=f"{reason.number:,} preemption{'s' * (reason.number != 1)}",
        where=f": {where.place}" if where else "",
        at=f" at {PurePath(where.file).name}:{where.line}" if where else "",
        see=f": see {_in_function(where)}" if where else "",
        within=_within(where),
        other=second.subject if second else "",
        there=_within(second.position) if second else "",
    )


def joined(reasons: Iterable[Reason]) -> str:
    return "; ".join(map(sentence, reasons))


def waited_for(wait: Wait) -> str:
    """`a Lock`, `the end of Thread-1`."""
    return WAITS[wait.kind].format(subject=wait.subject)


def _within(position: Position | None) -> str:
    return f" at {_in_function(position)}" if position else ""


def _in_function(position: Position) -> str:
    return f"{position.place} ({position.function})"
