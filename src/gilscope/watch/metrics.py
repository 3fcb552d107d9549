"""Which metrics there are, whoever exports them: one table, from which exporters take names.

Seconds of a counter with a label `threads` are thread-seconds: in a second of wall time, each
thread of the group can add one, and `gil.held` no more than one for all threads together.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from gilscope.watch.model import Histogram, Snapshot, ThreadGroup

    Values = Sequence[tuple[str, float]]  # each with the value of its label

THREADS = "threads"  # the label that has a pattern of thread names
GENERATION = "generation"


@dataclass(frozen=True, slots=True)
class Counter:
    """A number that only grows: its value for each value of its label, or one with the label ""."""

    prometheus: str  # without `_total`
    opentelemetry: str
    unit: str  # as OpenTelemetry writes it
    help: str
    label: str
    values: Callable[[Snapshot], Values]


@dataclass(frozen=True, slots=True)
class Sizes:
    """How many were how long."""

    prometheus: str
    opentelemetry: str
    help: str
    of: Callable[[Snapshot], Histogram | None]


def bounds_of(histogram: Histogram) -> tuple[str, ...]:
    """Return up to how many seconds its classes reach, as labels: as `le` has them."""
    return (*(repr(bound) for bound in histogram.bounds_s), "+Inf")


def _by_threads(value: Callable[[ThreadGroup], float]) -> Callable[[Snapshot], Values]:
    return lambda snapshot: [(group.name, value(group)) for group in snapshot.threads]


def _one(value: Callable[[Snapshot], float | None]) -> Callable[[Snapshot], Values]:
    def values(snapshot: Snapshot) -> Values:
        found = value(snapshot)
        return [] if found is None else [("", found)]

    return values


def _collections(snapshot: Snapshot) -> Values:
    return [(str(i), count) for i, count in enumerate(snapshot.gc.collections)]


def _seconds(name: str, meaning: str, value: Callable[[ThreadGroup], float]) -> Counter:
    dotted = f"gilscope.{name.replace('_', '.', 1)}.time"
    return Counter(f"gilscope_{name}_seconds", dotted, "s", meaning, THREADS, _by_threads(value))


def _count(name: str, what: str, meaning: str, value: Callable[[ThreadGroup], float]) -> Counter:
    dotted = f"gilscope.{name.replace('_', '.', 1)}"
    return Counter(f"gilscope_{name}", dotted, what, meaning, THREADS, _by_threads(value))


def _whole(
    name: str, otel: str, unit: str, meaning: str, value: Callable[[Snapshot], float | None]
) -> Counter:
    return Counter(f"gilscope_{name}", f"gilscope.{otel}", unit, meaning, "", _one(value))


COUNTERS = (
    _seconds("gil_held", "Time for which threads held the GIL.", lambda t: t.hold_s),
    _seconds("gil_wait", "Time for which threads waited for the GIL.", lambda t: t.wait_s),
    _seconds(
        "lock_wait",
        "Time for which threads were blocked on locks.",
        lambda t: t.lock_wait_s,
    ),
    _seconds(
        "signal_wait",
        "Time for which threads waited to be told something: in conditions, queues, joins.",
        lambda t: t.signal_wait_s,
    ),
    _count("gil_acquires", "{acquire}", "How often threads took the GIL.", lambda t: t.acquires),
    _count(
        "gil_contended_acquires",
        "{acquire}",
        "How often they had to wait for that.",
        lambda t: t.contended_acquires,
    ),
    _count(
        "gil_forced_releases",
        "{release}",
        "How often they had to give it up because another thread asked for it.",
        lambda t: t.forced_releases,
    ),
    _count(
        "lock_waits", "{wait}", "How often threads were blocked on locks.", lambda t: t.lock_waits
    ),
    _count(
        "gil_stalls",
        "{stall}",
        "Holds that went on for a switch interval too long.",
        lambda t: t.stalls,
    ),
    _seconds(
        "gil_stalled",
        "Time for which they went on after that.",
        lambda t: t.stalled_s,
    ),
    _whole(
        "gil_contended_seconds",
        "gil.contended.time",
        "s",
        "Time for which at least one thread waited for the main interpreter's GIL.",
        lambda s: s.gil.contended_s,
    ),
    _whole(
        "gil_stall_wait_seconds",
        "gil.stall_wait.time",
        "s",
        "Time for which threads waited in stalls.",
        lambda s: s.stalls.wait_s,
    ),
    _whole(
        "loop_turns",
        "loop.turns",
        "{turn}",
        "Turns of asyncio's event loops.",
        lambda s: s.loop.turns if s.loop else None,
    ),
    _whole(
        "loop_blocked_turns",
        "loop.blocked_turns",
        "{turn}",
        "Turns that took 100 ms or more, without waits for the GIL.",
        lambda s: s.loop.times if s.loop else None,
    ),
    _whole(
        "loop_blocked_seconds",
        "loop.blocked.time",
        "s",
        "How long those took.",
        lambda s: s.loop.blocked_s if s.loop else None,
    ),
    _whole(
        "gc_seconds",
        "gc.time",
        "s",
        "Time that the cyclic garbage collector took, by the interpreter itself (3.15 and later).",
        lambda s: s.gc.collect_s,
    ),
    _whole(
        "watched_seconds",
        "watched.time",
        "s",
        "For how long the process has been watched.",
        lambda s: s.watched_s,
    ),
)
COLLECTIONS = Counter(
    "gilscope_gc_collections",
    "cpython.gc.collections",
    "{collection}",
    "Collections of the cyclic garbage collector.",
    GENERATION,
    _collections,
)
SIZES = (
    Sizes(
        "gilscope_gil_hold_duration_seconds",
        "gilscope.gil.holds_by_size",
        "How long holds of the GIL were.",
        lambda s: s.gil.hold_sizes,
    ),
    Sizes(
        "gilscope_gil_wait_duration_seconds",
        "gilscope.gil.waits_by_size",
        "How long waits for the GIL were.",
        lambda s: s.gil.wait_sizes,
    ),
    Sizes(
        "gilscope_lock_wait_duration_seconds",
        "gilscope.lock.waits_by_size",
        "How long waits for locks were.",
        lambda s: s.locks.wait_sizes,
    ),
    Sizes(
        "gilscope_gil_stall_duration_seconds",
        "gilscope.gil.stalls_by_size",
        "How long stalls were.",
        lambda s: s.stalls.sizes,
    ),
    Sizes(
        "gilscope_loop_turn_duration_seconds",
        "gilscope.loop.turns_by_size",
        "How long turns of asyncio's event loops were.",
        lambda s: s.loop.turn_sizes if s.loop else None,
    ),
)
