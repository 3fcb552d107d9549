"""Say in words what the walk through one object's reference count has shown."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from gilscope.lab.kit.machine import python
from gilscope.lab.kit.model import Step, Table
from gilscope.lab.refcount.walk import PROBE_REFERENCES

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gilscope.lab.refcount.walk import Moment, Notebook, Probe

HEADINGS = ("code that ran", "what refers to the object", "sys.getrefcount", "change")
DEFERRED = 1 << 40  # no program has as many references: an offset that marks deferred counting
GENEROUS = 500_000_000  # 3.11 starts some counts as high as this, so that they never end
COLLECTOR_LINE = "gc.collect()"


def comings_and_goings(notebook: Notebook) -> Step:
    moments = [moment for moment in notebook.moments if moment.count is not None]
    counts = [moment.count for moment in moments if moment.count is not None]
    changes = _changes(moments)
    argument = next(i for i, moment in enumerate(moments) if "argument" in moment.what)
    return Step(
        title="A count that follows every reference",
        did="Ran these lines, and after each asked `sys.getrefcount` how many references the object"
        " has. Every object of CPython carries such a count.",
        saw=f"The count began at {counts[0]}, rose to {max(counts)} and came back to {counts[-1]}."
        f" {_own_reference(counts[0])} {_argument(changes[argument])}",
        means="No line of this code asks for counting. A second name, a place in a list, a closure:"
        " each of them writes to the object, even though its value stays what it is. Every running"
        " program does so all the time.",
        exhibits=(_table(moments, changes),),
    )


def _changes(moments: Sequence[Moment]) -> list[int]:
    counts = [moment.count or 0 for moment in moments]
    return [0, *(after - before for before, after in pairwise(counts))]


def _table(moments: Sequence[Moment], changes: Sequence[int]) -> Table:
    rows = []
    for moment, change in zip(moments, changes, strict=True):
        shown = "" if moment is moments[0] else f"{change:+d}" if change else "0"
        rows.append(("; ".join(moment.code), moment.what, str(moment.count), shown))
    return Table(HEADINGS, tuple(rows))


def _own_reference(first: int) -> str:
    """`first` is the count of an object with a single name."""
    if first == 2:
        return (
            "With a single name it is 2, not 1: `sys.getrefcount` is handed the object, and that is"
            " a reference of its own."
        )
    if first == 1:
        return (
            "With a single name it is 1. Up to Python 3.13 it would be 2, as `sys.getrefcount` is"
            f" handed the object by a reference of its own; {python()} lends it the name's."
        )
    return f"With a single name it is {first}: {first - 1} more than the one that this code made."


def _argument(change: int) -> str:
    if change > 0:
        return f"While the object was an argument, the count was {change} higher."
    return (
        "While the object was an argument, the count was no higher:"
        f" {python()} lends it to the function that is called, and saves two updates."
    )


def end_of_life(notebook: Notebook) -> Step:
    last = notebook.moments[-1]
    line = "; ".join(last.code)
    before = notebook.moments[-2].count
    if not notebook.freed_by:
        saw = f"After `{line}` the object was still there: something else refers to it."
        means = "A debugger or a tracing tool may keep references of its own."
    else:
        saw = (
            f"The weak reference called back while `{notebook.freed_by}` was running: the object"
            " was freed by that line, not later."
        )
        means = (
            "When a count reaches 0 the memory is given back at once. So a count must never be"
            " wrong: too high, and the memory is lost for good; too low, and the object is freed"
            " while somebody still uses it."
        )
    return Step(
        title="The last reference goes, and so does the object",
        did=f"Removed the last name with `{line}`; `sys.getrefcount` had said {before}. A weak"
        " reference, which is not counted, tells when the object is freed.",
        saw=saw,
        means=means,
    )


def cycle(notebook: Notebook, found: int) -> Step:
    moments = notebook.moments
    early = moments[-2].freed
    rows = tuple(
        (
            "; ".join(moment.code),
            moment.what,
            "no name to ask by" if moment.count is None else str(moment.count),
            "yes" if moment.freed else "no",
        )
        for moment in moments
    )
    objects = "1 object" if found == 1 else f"{found} objects"
    if early:
        saw = f"The object was gone before `{COLLECTOR_LINE}`: another thread ran the collector."
    elif notebook.freed_by:
        saw = (
            "Without any name, the object stayed: it still refers to itself, so its count cannot"
            f" reach 0. `{COLLECTOR_LINE}` found {objects} that nothing else refers to, and the"
            f" weak reference called back while `{notebook.freed_by}` was running."
        )
    else:
        saw = f"The object stayed, even after `{COLLECTOR_LINE}`, which found {objects}."
    return Step(
        title="What counting cannot free",
        did="Made an object refer to itself, then removed its only name. The garbage collector was"
        " kept away until it was called by name.",
        saw=saw,
        means="Counting alone never frees a cycle. That is the one task of CPython's garbage"
        " collector; everything else is freed by its count.",
        exhibits=(Table((*HEADINGS[:3], "freed"), rows),),
    )


def immortals(probes: Sequence[Probe]) -> Step:
    rows = tuple(
        (probe.what, f"{probe.before:,}", f"{probe.before + probe.added:,}", _kind(probe))
        for probe in probes
    )
    immortal = [probe.what for probe in probes if probe.immortal]
    return Step(
        title="Objects without a count",
        did=f"Put each object into a list {PROBE_REFERENCES:,} times, and looked whether its count"
        " moved.",
        saw=f"{_which_are_immortal(immortal)} {_remarks(probes)}".strip(),
        means=_meaning_of_immortals(any_here=bool(immortal)),
        exhibits=(Table(("object", "count before", "count after", "so it is"), rows),),
    )


def _kind(probe: Probe) -> str:
    if probe.immortal:
        return "immortal"
    return "deferred" if probe.before > DEFERRED else "counted"


def _which_are_immortal(immortal: Sequence[str]) -> str:
    if not immortal:
        return f"All of them moved: {python()} has no immortal objects among these."
    names = ", ".join(immortal)
    return f"The counts of these did not move: {names}. They are immortal."


def _remarks(probes: Sequence[Probe]) -> str:
    remarks = []
    generous = [p.what for p in probes if not p.immortal and GENEROUS < p.before <= DEFERRED]
    if generous:
        remarks.append(
            f"The count of {', '.join(generous)} is as high as that on purpose: it was set to a"
            " thousand million, so that it never reaches 0, but it is kept up all the same."
        )
    deferred = [p.what for p in probes if not p.immortal and p.before > DEFERRED]
    if deferred:
        remarks.append(
            f"The count of {', '.join(deferred)} holds a very large number on top: without a GIL,"
            " such objects are freed by the garbage collector only, and references from running"
            " functions are not counted."
        )
    return " ".join(remarks)


def _meaning_of_immortals(*, any_here: bool) -> str:
    if any_here:
        return (
            "Python 3.12 introduced immortal objects: the number in them is a mark, not a count."
            " Nobody writes to them, so threads can share them freely, and they cost no counting."
        )
    return (
        "Here every use of even `None` writes to memory that all threads share. Since Python 3.12"
        " such objects are immortal: their number is a mark, and nobody writes to it."
    )
