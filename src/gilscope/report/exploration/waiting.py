"""Threads that wait for ever, in words: who waits where for what, and who has it."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from rich.text import Text

from gilscope.explore.narration.sentences import waited_for
from gilscope.explore.results import Kind
from gilscope.report.terminal.table import wrap

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gilscope.explore.results import Blocked, Counterexample, Event
    from gilscope.report.exploration.naming import Naming
    from gilscope.report.terminal.page import Page

FOR_EVER = "goes on for ever"


def render(page: Page, naming: Naming, counterexample: Counterexample) -> list[Text]:
    blocked = counterexample.failure.blocked
    if not blocked:
        return []
    cycle = cycle_of(blocked)
    is_deadlock = counterexample.failure.kind is Kind.DEADLOCK
    title = Text("who waits for whom" if is_deadlock else "where it goes on for ever", "bold")
    if cycle:
        round_trip = (*cycle, cycle[0])
        names = [page.text(naming.thread(each.thread), "red") for each in round_trip]
        title = Text.assemble(title, "  ", Text(" → ", "dim").join(names))
    rest = [each for each in blocked if each not in cycle]
    lines = wrap(title, page.width, Text(), Text())
    for each in (*cycle, *rest):
        sentence = _sentence(page, naming, each, counterexample)
        lines += wrap(sentence, page.width, Text("  "), Text("    "))
    return lines


def cycle_of(blocked: Sequence[Blocked]) -> tuple[Blocked, ...]:
    """Threads of which each waits for the next, and the last for the first; empty if none do."""
    by_thread = {each.thread: each for each in blocked}
    for first in blocked:
        path: list[Blocked] = []
        at: Blocked | None = first
        while at is not None and at not in path:
            path.append(at)
            at = None if at.held_by is None else by_thread.get(at.held_by)
        if at is not None:
            return tuple(path[path.index(at) :])
    return ()


def words(naming: Naming, blocked: Blocked) -> str:
    """`waits for a Lock that Thread-2 has`."""
    if blocked.is_running:
        return FOR_EVER
    waits = f"waits for {waited_for(blocked.waits_for)}"
    if blocked.held_by is None or blocked.is_join:
        return waits
    if blocked.held_by == blocked.thread:
        return f"{waits} that it has itself"
    return f"{waits} that {naming.thread(blocked.held_by)} has"


def _sentence(page: Page, naming: Naming, blocked: Blocked, counterexample: Counterexample) -> Text:
    text = Text.assemble(page.text(naming.thread(blocked.thread), "bold"))
    lock = held_by_name(counterexample, blocked.thread)
    if lock:
        text.append(" holds ").append_text(page.text(lock, "cyan")).append(" and")
    text.append(f" {FOR_EVER} at " if blocked.is_running else " waits at ")
    text.append_text(page.text(naming.place(blocked.position), "cyan"))
    if not blocked.is_running:
        text.append_text(page.text(words(naming, blocked).removeprefix("waits")))
    position = blocked.position
    source = page.sources.line(position.file, position.line) if page.sources else ""
    if source:
        text.append(": ").append_text(page.text(source, "dim"))
    return text


def held_by_name(counterexample: Counterexample, thread: int) -> str:
    """The lock that others wait for and the thread has, if there is no doubt what it is called."""
    wanted = any(
        each.held_by == thread and not each.is_join for each in counterexample.failure.blocked
    )
    names = _outstanding(counterexample.events, thread) if wanted else []
    return names[0] if len(names) == 1 else ""


def _outstanding(events: Sequence[Event], thread: int) -> list[str]:
    counts: Counter[str] = Counter()
    for event in events:
        if event.thread == thread and event.operation in ("acquire", "release"):
            counts[event.target] += 1 if event.operation == "acquire" else -1
    return [name for name, count in counts.items() if count and name and name[:3] != "in "]
