"""What threads found when they asked for it: a permit, an item, an event that was set already.

With the GIL that happens often: who computes and never lets go has left something by the time
another one comes to look for it. Nobody waits then; but without the GIL one would. The trace knows
in which order threads entered the lock of a condition, and from where: so from the beginning on it
is told what was left, and by whom, and what was found.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from gilscope.predict.edges import are_told
from gilscope.predict.executors import of_executors
from gilscope.predict.ledger import NO_WAIT, UNTOLD, Entry, Finding, Ledger
from gilscope.predict.roles import AS_THEY_COME, Roles, through
from gilscope.predict.rows import AWAITS, GOES_ON, MARK, POSTS
from gilscope.trace import LockResult, LockWaits

if TYPE_CHECKING:
    from collections.abc import Iterator

    import numpy.typing as npt

    from gilscope.analysis.sourcecode import SourceCode
    from gilscope.predict.rows import Rows
    from gilscope.trace import Guarded, Trace

    Ints = npt.NDArray[np.int64]

NOT_KNOWN = -1
NO_STREAM, GONE = -1, -2
MOST_SKIPPED = 100_000  # of entries that have no row: then nothing more is told of the lock


@dataclass(frozen=True, slots=True)
class Streams:
    """What is taken once, by whoever comes first; int64.

    `takes`, `gives`: by event, which stream is waited for, and is given to; NO_STREAM: none. Of who
    was awakened only to find it gone, all waits but the first are GONE. `given`: by stream, how
    many there were at first. `of_items` (bool, by stream): threads wait for work there. `workers`:
    by stream, how many an executor may have; 0: it is none, or that is not known. `given_ns`: by
    stream, when something was given, in order.
    """

    takes: Ints
    gives: Ints
    given: Ints
    of_items: npt.NDArray[np.bool_]
    workers: Ints
    given_ns: tuple[Ints, ...] = ()

    @classmethod
    def none(cls) -> Streams:
        nothing = np.empty(0, np.int64)
        return cls(nothing, nothing, nothing, nothing > 0, nothing)

    def with_one(self, events: Ints, *, gone: Ints) -> Streams:
        """Add a stream of which something is given, and taken, in each of some events.

        `gone`: events that are waited for no longer, since these stand for them.
        """
        number, size = len(self.given), int(events.max()) + 1
        takes, gives = (_padded(each, size) for each in (self.takes, self.gives))
        takes[events] = gives[events] = number
        takes[gone] = GONE
        return Streams(
            takes,
            gives,
            np.append(self.given, 0),
            np.append(self.of_items, values=False),
            np.append(self.workers, 0),
            (*self.given_ns, np.empty(0, np.int64)),
        )


def _padded(streams: Ints, size: int) -> Ints:
    missing = max(0, size - len(streams))
    return np.concatenate([streams, np.full(missing, NO_STREAM, np.int64)])


def add_found(
    rows: Rows,
    trace: Trace,
    entries: Guarded,
    waits: LockWaits,
    code: SourceCode,
) -> tuple[LockWaits, Streams]:
    """Let threads wait for what they found.

    `waits` are all that were recorded. Return what was found as waits that took no time, whose
    events follow those of waits; and what was taken in which of all events.
    """
    ledgers = books(trace, entries, waits, code)
    findings = [(place, each) for place, book in enumerate(ledgers) for each in book.findings]
    fresh = [
        (place, each) for place, each in findings if not (each.entry.is_blocked and each.stream)
    ]
    gifts = _gifts(ledgers)
    event = rows.new_events(len(fresh))
    _add_findings(rows, [each for _, each in fresh], event)
    of_gift = rows.new_events(len(gifts))
    thread = np.array([each.thread for _, each, _ in gifts], np.int64)
    rows.add(thread, np.array([each.at_ns for _, each, _ in gifts], np.int64), MARK, POSTS, of_gift)
    numbers: dict[tuple[int, str], int] = {}
    takes, gives = np.full((2, rows.events), NO_STREAM)
    for number, (place, each) in zip(event.tolist(), fresh, strict=True):
        if each.stream:
            takes[number] = numbers.setdefault((place, each.stream), len(numbers))
    for place, each in findings:
        if each.stream:
            number = numbers.setdefault((place, each.stream), len(numbers))
            _note_waits(takes, each.entry, number)
    for number, (place, _, stream) in zip(of_gift.tolist(), gifts, strict=True):
        gives[number] = numbers[place, stream]
    streams = _streams(ledgers, numbers, takes, gives)
    found = _as_waits([each for _, each in fresh])
    return found, _as_they_come(streams, trace, waits, found, [each for _, each in fresh])


def _gifts(ledgers: list[Ledger]) -> list[tuple[int, Entry, str]]:
    """Return what was given of what anybody takes: at which lock, by whom, and what."""
    return [
        (place, *each)
        for place, (book, streams) in enumerate((each, each.streams()) for each in ledgers)
        for each in book.gifts
        if each[1] in streams
    ]


def _as_they_come(
    streams: Streams, trace: Trace, waits: LockWaits, found: LockWaits, findings: list[Finding]
) -> Streams:
    """Let who takes results as they come take any, and wait for none else: by thread, a stream."""
    any_of = np.array([each.entry.role.any_of for each in findings], np.bool_)
    if not any_of.any():
        return streams
    known = waits.select(are_told(waits)).followed_by(found)
    first = len(known) - len(found)
    of_guards = np.flatnonzero(known.table == 0)
    gone = of_guards[through(trace.paths(0), known.path[of_guards], AS_THEY_COME)]
    taken = first + np.flatnonzero(any_of)
    gone = np.setdiff1d(gone, taken)
    for thread in np.unique(known.thread[taken]).tolist():
        streams = streams.with_one(taken[known.thread[taken] == thread], gone=gone)
    return streams


def _note_waits(takes: Ints, entry: Entry, stream: int) -> None:
    takes[list(entry.again)] = GONE
    if entry.is_blocked:
        takes[entry.wait] = stream


def _streams(
    ledgers: list[Ledger], numbers: dict[tuple[int, str], int], takes: Ints, gives: Ints
) -> Streams:
    given = np.array([ledgers[place].given[stream] for place, stream in numbers], np.int64)
    of_items = np.array([stream == "item" for _, stream in numbers], np.bool_)
    workers = np.array([ledgers[place].workers for place, _ in numbers], np.int64)
    gifts = (ledgers[place].given_ns(stream) for place, stream in numbers)
    return Streams(takes, gives, np.maximum(given, 0), of_items, workers, tuple(gifts))


def _add_findings(rows: Rows, findings: list[Finding], event: Ints) -> None:
    """Who found what was there from the beginning has it from itself.

    What it had left itself may be another one's, where tasks are dealt out anew.
    """
    thread = np.array([each.entry.thread for each in findings], np.int64)
    at_ns = np.array([each.entry.at_ns for each in findings], np.int64)
    by = [(each.giver or each.entry) for each in findings]
    giver = np.array([each.thread for each in by], np.int64)
    given_ns = np.array([each.at_ns for each in by], np.int64)
    others = (giver != thread) | (given_ns < at_ns)
    rows.add(giver[others], given_ns[others], MARK, POSTS, event[others])
    rows.add(thread[~others], at_ns[~others], GOES_ON, POSTS, event[~others])
    rows.add(thread, at_ns, GOES_ON, AWAITS, event)


def _as_waits(findings: list[Finding]) -> LockWaits:
    thread = np.array([each.entry.thread for each in findings], np.int64)
    at_ns = np.array([each.entry.at_ns for each in findings], np.int64)
    nothing = np.zeros(len(findings), np.int64)
    return LockWaits(
        lock=nothing.astype(np.uint64),
        begin_ns=at_ns,
        end_ns=at_ns,
        result=np.full(len(findings), LockResult.GOT, np.int64),
        thread=thread,
        path=np.array([each.entry.path for each in findings], np.int64),
        table=nothing,
        waker=np.array([(each.giver or each.entry).thread for each in findings], np.int64),
        wake_ns=at_ns,
        waker_path=nothing,
        waker_gil=nothing,
        owner=nothing,
        flags=nothing,
        forever=nothing > 0,
    )


def books(trace: Trace, entries: Guarded, waits: LockWaits, code: SourceCode) -> list[Ledger]:
    """Return what was left and found, by lock."""
    roles = Roles(trace, code)
    blocked = _blocked(trace, entries, waits, roles)
    by_lock = np.argsort(entries.lock, kind="stable")
    _, first = np.unique(entries.lock[by_lock], return_index=True)
    ledgers = [
        Ledger.of(_entries(entries, mine, roles, blocked)) for mine in np.split(by_lock, first[1:])
    ]
    return ledgers + of_executors(trace, entries, waits)


def _entries(
    entries: Guarded, mine: Ints, roles: Roles, blocked: dict[int, list[int]]
) -> Iterator[Entry]:
    """Yield the entries whose role is known, those that have no row among them."""
    before: Entry | None = None
    for row in mine.tolist():
        path = int(entries.path[row])
        role = roles.of(path)
        if role is None:
            continue
        entry = Entry(
            int(entries.thread[row]),
            int(entries.time_ns[row]),
            roles.caller(path),
            role,
            int(entries.state[row]),
            *_first_and_others(blocked.get(row, [])),
            roles.only_asks(path),
        )
        yield from _skipped(before, entry, int(entries.skipped[row]))
        yield entry
        before = entry


def _first_and_others(events: list[int]) -> tuple[int, tuple[int, ...]]:
    first = events[0] if events else NO_WAIT
    return first, tuple(each for each in events[1:] if each >= 0)


def _skipped(before: Entry | None, entry: Entry, count: int) -> Iterator[Entry]:
    """Yield what a thread did between two entries: the same as in these, by turns."""
    if before is None or before.thread != entry.thread or count > MOST_SKIPPED:
        return
    for number in range(count):
        like = before if number % 2 else entry
        at_ns = before.at_ns + (entry.at_ns - before.at_ns) * (number + 1) // (count + 1)
        state = like.state if like.role.room else NOT_KNOWN
        yield Entry(entry.thread, at_ns, like.path, like.role, state)


# --- who waited ---------------------------------------------------------------------------------


def _blocked(
    trace: Trace, entries: Guarded, waits: LockWaits, roles: Roles
) -> dict[int, list[int]]:
    """Return, by entry, the events that its thread waited for then, in the same function.

    None: it did not wait; UNTOLD: nobody ended that.
    """
    is_within = functools.cache(partial(_is_within, trace))
    blocked: dict[int, list[int]] = {}
    is_event = are_told(waits)
    event = np.where(is_event, np.cumsum(is_event) - 1, UNTOLD).tolist()
    callers = [roles.caller(each) for each in entries.path.tolist()]
    for each in np.unique(waits.thread).tolist():
        mine = np.flatnonzero(entries.thread == each)
        theirs = np.flatnonzero(waits.thread == each)
        last = np.searchsorted(entries.time_ns[mine], waits.begin_ns[theirs], side="right") - 1
        for wait, place in zip(theirs[last >= 0].tolist(), last[last >= 0].tolist(), strict=True):
            entry = int(mine[place])
            if is_within(int(waits.table[wait]), int(waits.path[wait]), callers[entry]):
                blocked.setdefault(entry, []).append(event[wait])
    return blocked


def _is_within(trace: Trace, table: int, path: int, caller: int) -> bool:
    """Whether a place lies within the function of another one."""
    function = trace.paths(0).frame(caller)
    frames = trace.paths(table).frames(path)
    names = {(each.file, each.function) for each in frames}
    return (function.file, function.function) in names
