"""An exploration on one screen: the verdict in words, the failing schedule, what to do next."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, TextIO

from rich.text import Text

from gilscope.cells import current_cells
from gilscope.explore.narration.sentences import sentence
from gilscope.explore.results import Kind, Verdict
from gilscope.report.exploration import attacked, schedule, waiting
from gilscope.report.exploration.naming import Naming
from gilscope.report.terminal import display
from gilscope.report.terminal.page import Page
from gilscope.report.terminal.table import wrap
from gilscope.sources import Sources
from gilscope.words import numbers
from gilscope.words.text import plain_glyphs

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from gilscope.explore.facts import Reason
    from gilscope.explore.results import Counterexample, Exploration, WorldResult

COLOURS = {Verdict.FOUND: "red", Verdict.PROVEN: "green", Verdict.NOT_PROVEN: "yellow"}
NAMED = {Kind.DEADLOCK, Kind.LIVELOCK, Kind.INVARIANT}  # kinds that a message may not name
IMPLIED = "there threads switch at some of the same places only"
MOST_RACES = 8
MOST_REASONS = 8
MOST_TRACEBACK = 24  # lines: the first, and the last ones


def print_exploration(
    exploration: Exploration,
    stream: TextIO,
    *,
    next_steps: Sequence[str] = (),
    width: int | None = None,
    all_steps: bool = False,
) -> None:
    """`next_steps` are commands to type; without `width`, the stream's. Steps that do not matter
    are folded, unless all are wanted.
    """
    lines = render(
        exploration,
        width or display.width_of(stream),
        display.encoding_of(stream),
        next_steps=next_steps,
        all_steps=all_steps,
    )
    display.write(lines, stream, colour=display.wants_colour(stream))


def render(
    exploration: Exploration,
    width: int,
    encoding: str = "utf-8",
    *,
    next_steps: Sequence[str] = (),
    all_steps: bool = False,
) -> list[Text]:
    """Lines of at most `width` cells."""
    page = Page(width, encoding, Sources(0.0, dict(current_cells().values())))
    naming = Naming(exploration)
    found = exploration.counterexample
    blocks = [[_header(page, exploration)], _verdict(page, naming, exploration)]
    if found is not None:
        if found.events or found.failure.blocked:
            blocks.append(schedule.render(page, naming, found, all_steps=all_steps))
        blocks.append(waiting.render(page, naming, found))
    if exploration.failure is not None:
        blocks.append(_traceback(page, exploration.failure.traceback))
    blocks += [
        _races(page, naming, exploration),
        _not_proven(page, exploration),
        _rests_on(page, exploration),
    ]
    following = _next(page, next_steps)
    joined = itertools.chain.from_iterable([*block, Text()] for block in blocks if block)
    lines = [_cut(line, width) for line in list(joined)[:-1]]
    # Commands are to be pasted: they are neither wrapped nor cut.
    return lines + ([Text(), *following] if following else [])


def _header(page: Page, exploration: Exploration) -> Text:
    target = page.text(exploration.target, "bold")
    target.truncate(page.width // 2, overflow="ellipsis")
    text = Text.assemble(target)
    for fact in (
        f"Python {exploration.python}",
        numbers.counted(exploration.executions, "execution"),
        numbers.seconds(exploration.seconds),
    ):
        text.append(" · ", "dim").append_text(page.text(fact))
    return text


# --- the verdict ----------------------------------------------------------------------------------


def _verdict(page: Page, naming: Naming, exploration: Exploration) -> list[Text]:
    colour = COLOURS[exploration.verdict]
    bar = Text("▌ ", colour)
    summary, evidence = {
        Verdict.FOUND: _found,
        Verdict.PROVEN: _proven,
        Verdict.NOT_PROVEN: _nothing_found,
    }[exploration.verdict](exploration, naming)
    word = Text(f"{exploration.verdict.value.upper()}: ", f"bold {colour}")
    lines = wrap(Text.assemble(word, page.text(summary, "bold")), page.width, bar, bar)
    if exploration.verdict is Verdict.NOT_PROVEN:
        lines += _listed(page, exploration.reasons, bar)
    for each in evidence:
        lines += wrap(page.text(each), page.width, bar, bar)
    if exploration.verdict is Verdict.PROVEN and exploration.assumptions:
        lines += wrap(Text("Rests on:"), page.width, bar, bar)
        lines += _listed(page, exploration.assumptions, bar)
    return lines


def _found(exploration: Exploration, naming: Naming) -> tuple[str, list[str]]:
    found, failure = exploration.counterexample, exploration.failure
    if failure is None:
        return "an interleaving fails", _worlds(exploration)
    message = failure.message
    if failure.kind in NAMED and not message.lower().startswith(failure.kind.value):
        message = f"{failure.kind.value}: {message}"
    if failure.thread:  # the test's own thread is where one expects a failure
        message += f" (in {naming.thread(failure.thread)})"
    if found is None:
        return message, [*attacked.contradiction(exploration), *_worlds(exploration)]
    if not exploration.explored:
        return message, [sentence(each) for each in exploration.reasons]
    return message, [_size(found), *_worlds(exploration)]


def _size(found: Counterexample) -> str:
    involved = {event.thread for event in found.events}
    involved |= {each.thread for each in found.failure.blocked}
    if found.failure.thread is not None:  # it may fail without a step of its own
        involved.add(found.failure.thread)
    threads = len(involved) or len(found.threads)
    preemptions = (
        numbers.counted(found.preemptions, "preemption") if found.preemptions else "no preemption"
    )
    fewest = ", the fewest possible" if found.minimal and found.preemptions else ""
    switches = numbers.counted(found.switches, "context switch", "context switches")
    return f"{numbers.counted(threads, 'thread')}, {switches} ({preemptions}{fewest})."


def _proven(exploration: Exploration, naming: Naming) -> tuple[str, list[str]]:
    del naming
    if exploration.threads == 1:
        return "a single thread has only one order, and that one ends well.", []
    bounds = [w.preemption_bound for w in exploration.worlds if w.preemption_bound is not None]
    bound = f" with at most {numbers.counted(min(bounds), 'preemption')}" if bounds else ""
    facts = (
        numbers.counted(exploration.executions, "execution"),
        numbers.counted(exploration.threads, "thread"),
        numbers.counted(exploration.locations, "shared location"),
    )
    return f"every interleaving{bound} ({', '.join(facts)}) ends well.", [
        _holds(exploration),
        *attacked.attempts(exploration),
    ]


def _holds(exploration: Exploration) -> str:
    """`Holds in free-threaded, and so in gil-3.11 …`."""
    tried = [each.world for each in exploration.worlds if each.executions]
    implied = [each.world for each in exploration.worlds if not each.executions]
    sentence = f"Holds in {' and in '.join(tried or implied)}"
    if tried and implied:
        sentence += f", and so in {' and in '.join(implied)}: {IMPLIED}"
    return f"{sentence}."


def _nothing_found(exploration: Exploration, naming: Naming) -> tuple[str, list[str]]:
    del naming
    if exploration.executions == 0:
        return "it was not run:", []
    summary = f"no failure in {numbers.counted(exploration.executions, 'execution')}, but:"
    worlds = _worlds(exploration) if len(exploration.worlds) > 1 else []
    return summary, worlds


def _worlds(exploration: Exploration) -> list[str]:
    """One sentence: what is known of each world."""
    found = [each.world for each in exploration.worlds if each.verdict is Verdict.FOUND]
    parts = []
    if found:
        parts.append(f"exists in {' and '.join(found)}")
        shown = exploration.counterexample
        if len(found) > 1 and shown is not None:
            parts[0] += f", shown as in {shown.schedule.world}"
    for each in exploration.worlds:
        if each.verdict is Verdict.PROVEN:
            absent = "proven absent" if found else "proven"
            parts.append(f"in {each.world} {absent} ({_tried(each)})")
        elif each.verdict is Verdict.NOT_PROVEN:
            tried = numbers.counted(each.executions, "execution")
            searched = f"not found in {tried}, and " if each.executions else ""
            parts.append(f"in {each.world} {searched}not excluded")
    sentence = "; ".join(parts)
    return [f"{sentence[0].upper()}{sentence[1:]}."] if sentence else []


def _tried(world: WorldResult) -> str:
    tried = numbers.counted(world.executions, "interleaving")
    if world.preemption_bound is None:
        return tried
    return f"{tried}, with at most {numbers.counted(world.preemption_bound, 'preemption')}"


# --- what follows the schedule --------------------------------------------------------------------


def _traceback(page: Page, traceback: str) -> list[Text]:
    lines = traceback.splitlines()
    if len(lines) > MOST_TRACEBACK:
        left_out = len(lines) - MOST_TRACEBACK + 1
        lines = [
            lines[0],
            f"  … {numbers.counted(left_out, 'line')} …",
            *lines[-MOST_TRACEBACK + 2 :],
        ]
    return [page.text(line, "dim") for line in lines]


def _races(page: Page, naming: Naming, exploration: Exploration) -> list[Text]:
    lines = []
    for race in exploration.races[:MOST_RACES]:
        text = Text.assemble("data race on ", page.text(race.target or "?", "bold"), ": ")
        text.append_text(page.text(f"{race.first_operation} at "))
        text.append_text(page.text(naming.place(race.first), "cyan"))
        text.append_text(page.text(f", {race.second_operation} at "))
        text.append_text(page.text(naming.place(race.second), "cyan"))
        text.append(", and nothing orders them")
        lines += wrap(text, page.width, Text("! ", "yellow"), Text("  "))
    left_out = len(exploration.races) - MOST_RACES
    if left_out > 0:
        lines.append(Text(f"  and {numbers.whole(left_out)} more: --json has them all", "dim"))
    return lines


def _not_proven(page: Page, exploration: Exploration) -> list[Text]:
    """Where one world failed: why the others are not proven."""
    worlds = [each for each in exploration.worlds if each.verdict is Verdict.NOT_PROVEN]
    if exploration.verdict is not Verdict.FOUND or not worlds or not exploration.reasons:
        return []
    names = " and ".join(each.world for each in worlds)
    title = Text.assemble(("not proven in ", "bold"), page.text(names, "bold"))
    return [title, *_listed(page, exploration.reasons, Text())]


def _rests_on(page: Page, exploration: Exploration) -> list[Text]:
    """Where one world is proven and not all are: what that rests on."""
    proven = any(each.verdict is Verdict.PROVEN for each in exploration.worlds)
    if exploration.verdict is Verdict.PROVEN or not proven or not exploration.assumptions:
        return []
    return [Text("what proven rests on", "bold"), *_listed(page, exploration.assumptions, Text())]


def _listed(page: Page, facts: Iterable[Reason], front: Text) -> list[Text]:
    sentences = [sentence(each) for each in facts]
    left_out = len(sentences) - MOST_REASONS
    if left_out > 0:
        sentences[MOST_REASONS:] = [f"and {numbers.whole(left_out)} more: --json has them all"]
    first, following = Text.assemble(front, "· "), Text.assemble(front, "  ")
    return [
        line
        for each in sentences
        for line in wrap(
            page.prose(each.translate(plain_glyphs(page.encoding))), page.width, first, following
        )
    ]


def _next(page: Page, steps: Sequence[str]) -> list[Text]:
    return [
        Text("      " if number else "next: ", "dim").append_text(page.text(step, "bold"))
        for number, step in enumerate(steps)
    ]


def _cut(line: Text, width: int) -> Text:
    if line.cell_len > width:
        line.truncate(width, overflow="ellipsis")
    return line
