"""What a reader has to know about the pictures: what is folded, missing, or inferred."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gilscope.picture.states import State
from gilscope.report.html.room import ROOMS, room
from gilscope.words import numbers

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gilscope.analysis import Program
    from gilscope.picture.model import Picture, Timeline


def said(program: Program, picture: Picture) -> Iterator[str]:
    """Yield sentences, the most important ones first."""
    timeline, run = picture.timeline, program.analysis.run
    yield from _folded(timeline)
    if any(row.of_kernel for row in program.analysis.threads):
        yield (
            "The lanes of the notebook's kernel show what it waited, too; sums of waits are of the"
            " other threads."
        )
    if run.rows_from_s > 0:
        yield (
            f"Of the first {numbers.seconds(run.rows_from_s)} only totals were kept (--max-size)."
            " The pictures begin after that; the tables have the whole run where they can."
        )
    if timeline.left_out:
        some = numbers.counted(timeline.left_out, "thread has", "threads have")
        yield f"{some} no lane: shown are those that held the GIL and waited for it most."
    if timeline.without_lanes:
        some = numbers.counted(timeline.without_lanes, "process has", "processes have")
        yield f"{some} no lanes: shown are those that waited for their GIL most."
    if timeline.all_edges > len(timeline.edges):
        shown, of = map(numbers.whole, (len(timeline.edges), timeline.all_edges))
        yield f"{shown} of {of} arrows are drawn: those at the ends of the longest waits for locks."
    if room() is not ROOMS[0]:
        yield (
            "So that the page stays small, names are cut after"
            f" {numbers.whole(room().characters)} characters, tables and lists have"
            f" {numbers.whole(room().rows)} rows or fewer, and pictures name"
            f" {numbers.whole(room().lines)} lines of code, those that cost most. The report as"
            " JSON has all of it."
        )
    yield from _about_states(program, picture)


def _folded(timeline: Timeline) -> Iterator[str]:
    folded = [each.exact_ns for each in timeline.lanes if each.exact_ns]
    if folded:
        low, high = (numbers.seconds(each / 1e9) for each in (min(folded), max(folded)))
        length = low if low == high else f"{low} to {high}, depending on the process"
        yield (
            f"So that the page stays small, what is shorter than {length} is folded with its"
            " neighbours in the timeline: such a piece says which part of it each state had. Sums"
            " are as recorded."
        )
    exact = [each for some in timeline.stretches.values() for each in some]
    if exact:
        yield (
            f"{numbers.counted(len(exact), 'stretch is', 'stretches are')} drawn as recorded all"
            " the same, each hold and wait for itself, as far as there is room: the beginning, the"
            " window of the verdict, and what surrounds the worst stalls, the longest waits, and"
            " the holds that made others wait. A bar above the timeline shows where."
        )


def _about_states(program: Program, picture: Picture) -> Iterator[str]:
    spans = picture.timeline.spans
    if not program.analysis.run.gil_enabled:
        yield (
            "It ran without a GIL. How much of the time a thread computed is known from looks at"
            " its CPU clock; between two of them it is drawn as a share."
        )
        return
    if (spans.state == State.OFF).any() or spans.parts[:, State.OFF].any():
        yield (
            "Some threads both computed and slept without the GIL, in stretches that were not"
            " measured one by one: these are drawn as “without the GIL”."
        )
    yield (
        "How much a stretch without the GIL computed is measured, or follows from the thread's CPU"
        " clock; when in it is not known: it is drawn as a share of the stretch."
    )
    if any(each.folded_s for each in picture.flames.values()):
        yield "Call paths that cost little share a node in the flame graphs: “smaller paths”."
    yield (
        "Lines inside holds are sampled, while others waited or the hold lasted; a hold in which"
        " none was seen counts for the line at which it ended."
    )
