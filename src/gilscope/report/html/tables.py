"""The tables of the page: lines, threads, locks, stalls."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gilscope.picture.judged import begins_s
from gilscope.report.html.listing import count, filled, first, number, share
from gilscope.report.html.markup import NOTHING, Cell, Markup, element, join, text
from gilscope.report.html.naming import Names, seconds
from gilscope.words import numbers

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from gilscope.analysis.model import Analysis, ThreadRow, WithoutGil


def tables(names: Names, analysis: Analysis) -> Markup:
    """All that there is something in."""
    return join(
        [
            _blame(names, analysis),
            _victims(names, analysis),
            _locks(names, analysis),
            _loop(names, analysis),
            _stalls(names, analysis),
            *_gilless(names, analysis),
            _threads(names, analysis),
            _without_gil(names, analysis),
            _open(names, analysis),
        ]
    )


def _blame(names: Names, analysis: Analysis) -> Markup:
    blamed = [row for row in analysis.blame if row.caused_wait_s > 0]
    rows = [
        [
            Cell(names.where(row.line, row.inside)),
            number(row.caused_wait_s),
            share(row.fraction),
            number(row.longest_stall_s),
            Cell(text(row.line_source.value)),
        ]
        for row in first(blamed)
    ]
    columns = ["line", "caused", "of all waiting", "longest stall", "known by"]
    return filled("blame", "Who made others wait", columns, rows, len(blamed))


def _victims(names: Names, analysis: Analysis) -> Markup:
    rows = [
        [
            Cell(names.where(row.line, row.inside)),
            number(row.wait_s),
            share(row.fraction),
            count(row.waits),
            number(row.longest_wait_s),
        ]
        for row in first(analysis.victims)
    ]
    columns = ["line", "waited", "of all waiting", "times", "longest wait"]
    return filled("victims", "Who waited for the GIL", columns, rows, len(analysis.victims))


def _locks(names: Names, analysis: Analysis) -> Markup:
    unknown = text("unknown")
    locks = analysis.locks if analysis.without_gil is None else ()
    rows = [
        [
            Cell(names.where(row.waiter)),
            Cell(unknown if row.owner is None else names.where(row.owner)),
            number(row.wait_s),
            count(row.waits),
            number(row.longest_wait_s),
            Cell(text("yes" if row.purpose else "")),
        ]
        for row in first(locks)
    ]
    columns = ["waited at", "its owner was at", "waited", "times", "longest wait", "is idle there"]
    return filled("locks", "Waits for locks", columns, rows, len(locks))


def _loop(names: Names, analysis: Analysis) -> Markup:
    rows = [
        [
            Cell(names.where(row.line, row.inside)),
            Cell(text(row.kind.value)),
            number(row.blocked_s),
            count(row.times),
            number(row.longest_s),
        ]
        for row in analysis.loop.blocked
    ]
    title = (
        "What blocked the event loop"
        if analysis.loop.delayed_s > 0
        else "Would have blocked others in the event loop"
    )
    return filled("loop", title, ["line", "did", "blocked", "times", "longest"], rows)


def _stalls(names: Names, analysis: Analysis) -> Markup:
    before_s = begins_s(analysis)
    rows = [
        [
            Cell(names.where(row.line, row.inside)),
            _moment(names, before_s + row.start_s, row.hold_s),
            Cell(names.thread(row.thread, _thread_number(analysis.threads, row.thread))),
            count(row.waiters),
            number(row.hold_s),
            number(row.stall_s),
        ]
        for row in analysis.stalls
    ]
    columns = ["line", "at", "thread", "waiting", "held", "too long by"]
    of = ""
    if analysis.stall_count > len(rows):
        of = f": the longest of {numbers.whole(analysis.stall_count)}"
    return filled("stalls", f"Stalls{of}", columns, rows)


def _thread_number(rows: Sequence[ThreadRow], name: str) -> int | None:
    """Return the number of the only thread of a name."""
    found = [row.thread for row in rows if row.name == name]
    return found[0] if len(found) == 1 else None


def _moment(names: Names, since_s: float, lasted_s: float) -> Cell:
    """A moment that leads to where it is on the timeline."""
    on_timeline_s = names.starts_s + since_s
    shown = element(
        "span",
        seconds(since_s),
        data_from_s=f"{on_timeline_s:.9f}",
        data_to_s=f"{on_timeline_s + lasted_s:.9f}",
    )
    return Cell(shown, is_number=True, sort=since_s)


def _threads(names: Names, analysis: Analysis) -> Markup:
    if analysis.without_gil is not None:
        return NOTHING
    ranked = sorted(analysis.threads, key=lambda row: row.wait_s + row.hold_s, reverse=True)
    rows = [
        [
            Cell(names.thread(row.name, row.thread)),
            number(row.hold_s),
            number(row.wait_s),
            number(row.wait_p99_s),
            number(row.longest_wait_s),
            number(row.cpu_s),
            number(row.off_gil_s),
            number(row.ready_s),
            number(row.lifetime_s),
            count(row.acquires),
        ]
        for row in first(ranked)
    ]
    columns = [
        "thread", "held", "waited", "p99 of waits", "longest wait", "CPU", "without the GIL",
        "no core", "lived", "acquired",
    ]  # fmt: skip
    return filled("threads", "Threads", columns, rows, len(ranked))


def _without_gil(names: Names, analysis: Analysis) -> Markup:
    found = [(thread, row) for thread in analysis.threads for row in thread.blocked]
    found.sort(key=lambda each: -each[1].off_s)
    rows = [
        [
            Cell(names.where(row.line, row.inside)),
            Cell(names.thread(thread.name, thread.thread)),
            Cell(text(row.kind.value)),
            number(row.off_s),
            count(row.times),
            number(row.longest_s),
        ]
        for thread, row in first(found)
    ]
    columns = ["line", "thread", "did", "off the GIL", "times", "longest"]
    return filled("off", "Without the GIL", columns, rows, len(found))


def _open(names: Names, analysis: Analysis) -> Markup:
    """Who held and who waited, of a program that did not end by itself."""
    if analysis.run.end_reason in ("exit", "stopped"):
        return NOTHING
    ranked = sorted(analysis.open, key=lambda row: (not row.holding, -row.since_s))
    rows = [
        [
            Cell(names.thread(row.thread)),
            Cell(text("had the GIL" if row.holding else "waited for the GIL")),
            number(row.since_s),
            Cell(names.where(row.line)),
        ]
        for row in ranked
    ]
    rows += [
        [
            Cell(names.thread(row.thread)),
            Cell(text("waited for a lock" + (f", which {row.owner} had" if row.owner else ""))),
            number(row.since_s),
            Cell(names.where(row.line)),
        ]
        for row in analysis.open_locks
        if not row.purpose
    ]
    return filled("open", "When the recording ended", ["thread", "did", "for", "at"], rows)


def _gilless(names: Names, analysis: Analysis) -> Iterator[Markup]:
    without = analysis.without_gil
    if without is None:
        return
    ranked = sorted(without.threads, key=lambda row: -(row.cpu_s + row.wait_s))
    rows = [
        [
            Cell(names.thread(row.name, row.thread)),
            *map(number, (row.cpu_s, row.wait_s, row.idle_s, row.stopped_s)),
            number(row.ready_s),
            number(row.lifetime_s),
        ]
        for row in ranked
    ]
    columns = ["thread", "CPU", "waited for locks", "idle", "stopped", "no core", "lived"]
    yield filled("threads", "Threads", columns, rows)
    yield _contended(names, without)
    yield _stops(names, without)


def _contended(names: Names, without: WithoutGil) -> Markup:
    rows = [
        [
            Cell(names.where(row.line)),
            Cell(text("idle" if row.purpose else row.kind.value)),
            Cell(text("unknown") if row.ended_at is None else names.where(row.ended_at)),
            number(row.wait_s),
            count(row.waits),
            number(row.longest_wait_s),
        ]
        for row in without.contended
    ]
    columns = ["waited at", "whose lock", "let go at", "waited", "times", "longest wait"]
    return filled("locks", "Waits for locks", columns, rows)


def _stops(names: Names, without: WithoutGil) -> Markup:
    rows = [
        [
            Cell(names.where(row.line)),
            Cell(text("collector" if row.for_gc else "")),
            number(row.pause_s),
            count(row.pauses),
            number(row.longest_s),
            number(row.stopped_s),
        ]
        for row in without.stops
    ]
    columns = ["asked for by", "for", "paused", "times", "longest", "stopped, all threads"]
    return filled("stops", "Pauses of all threads", columns, rows)
