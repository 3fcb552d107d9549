"""Say in words what counting references in several ways has cost, and what it has lost."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from gilscope._refcount import TURN
from gilscope.lab.kit.model import Bar, Chart, Step, Table
from gilscope.lab.refcount.measure import EXACT, WAYS
from gilscope.words.numbers import factor, percent, seconds

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gilscope.lab.kit.machine import Load
    from gilscope.lab.refcount.measure import Lost, Measured, Way

LABELS: Final[dict[Way, str]] = {
    "plain": "plain",
    "atomic": "atomic",
    "biased": "biased",
    "locked": "a lock for every update",
    "turns": "a lock kept for a turn",
}
NOTES: Final[dict[Way, str]] = {
    "plain": "read, add, write: three steps",
    "atomic": "one step that no other core can divide",
    "biased": "plain for the owner, atomic for all others (PEP 703)",
    "locked": "take the lock, plain update, give the lock back",
    "turns": f"like the GIL: one lock, kept for {TURN:,} rounds of plain updates",
}
TOGETHER = "both at the same time"


def lost(measured: Measured) -> Step:
    rows = tuple(
        (LABELS[way], *(f"{row.lost:,}" for row in _of(measured.lost, way))) for way in WAYS
    )
    updates = measured.lost[0].updates
    plain = _of(measured.lost, "plain")
    return Step(
        title="Without a lock, updates get lost",
        did=f"Native threads, without the GIL, added 1 to the count of one object {updates:,} times"
        f" in all. {_cores(measured.cores)} The table says how much was missing in the end.",
        saw=f"{_plain_losses(plain)} {_exact_losses(measured)}",
        means="A plain update reads the count, adds 1 and writes it back. When another thread"
        " writes between the reading and the writing, its update is overwritten. A lost increment"
        " makes a count too low, and the object is freed too early; a lost decrement makes it too"
        " high, and the object is never freed.",
        exhibits=(Table(("increments lost, with", *_columns(measured)), rows),),
    )


def _of(rows: Sequence[Lost], way: Way) -> list[Lost]:
    return [row for row in rows if row.way == way]


def _cores(cores: int) -> str:
    if cores == 1:
        return "There is one core here, so they take turns."
    return f"There are {cores} cores here, and the threads were bound to one each in turn."


def _columns(measured: Measured) -> tuple[str, ...]:
    return tuple("1 thread" if n == 1 else f"{n} threads" for n in measured.thread_counts)


def _plain_losses(plain: Sequence[Lost]) -> str:
    worst = max(plain, key=lambda row: row.lost / row.updates)
    if worst.lost == 0:
        return (
            "Plain updates lost nothing this time: the threads never met between reading and"
            " writing. Nothing rules it out."
        )
    return (
        f"Of {worst.updates:,} plain updates by {worst.threads} threads, {worst.lost:,}"
        f" were lost ({percent(worst.lost / worst.updates)})."
    )


def _exact_losses(measured: Measured) -> str:
    wrong = [row for row in measured.lost if row.way in EXACT and row.lost]
    if wrong:  # would be a defect of this experiment: better shown than hidden
        return f"{LABELS[wrong[0].way].capitalize()}: {wrong[0].lost:,} lost, which must not be."
    return "The four other ways lost none."


def deaths(measured: Measured) -> Step:
    seen = measured.deaths
    if seen.deadly_runs:
        saw = (
            f"In {seen.deadly_runs} of {seen.runs} runs the count came down to 0, although the"
            f" creator's reference was there all the time; {sum(seen.zeroes):,} times in all,"
            f" the first time in pair {seen.first_pass:,} of a thread."
        )
        means = (
            "CPython frees an object as soon as its count is 0. The first such moment would have"
            " freed an object that is in use: a crash, or somebody else's data in its place."
        )
    else:
        saw = f"The count never came down to 0 in {seen.runs} runs."
        means = (
            "Had it come down to 0, CPython would have freed an object that is in use. That it did"
            " not happen here is luck, not a guarantee."
        )
    if any(count != 1 for count in seen.counts):
        low, high = min(seen.counts), max(seen.counts)
        ends = f"{low:,} each time" if low == high else f"from {low:,} to {high:,}"
        saw += f" The counts in the end, where 1 would be right: {ends}."
    else:
        saw += " In the end it was 1, which is right, after every run."
    return Step(
        title="An object freed while it is in use",
        did=f"{seen.threads} threads took a reference and gave it up again, {seen.pairs:,} times"
        " each, with plain updates. The creator of the object kept its own reference throughout,"
        " so the count should never fall below 1.",
        saw=saw,
        means=means,
    )


def alone(measured: Measured, load: Load) -> Step:
    plain = measured.price_ns("plain")
    prices = {way: measured.price_ns(way) for way in WAYS}
    bars = tuple(
        Bar(
            LABELS[way],
            prices[way],
            _ns(prices[way]) + ("" if way == "plain" else f", {factor(prices[way] / plain)} x"),
            NOTES[way],
        )
        for way in WAYS
    )
    return Step(
        title="What safety costs a single thread",
        did="One thread took and gave up references to one object, in each of the ways.",
        saw=f"A plain update took {_ns(plain)}."
        f" {_relative('An atomic one', prices['atomic'], plain)}"
        f" {_relative('With a lock for every update it', prices['locked'], plain)}"
        f" {_relative('With the lock kept for a turn it', prices['turns'], plain)}"
        f" {load.seen()}",
        means="Most programs have one thread, and would pay the price of atomic updates for"
        " nothing. The GIL makes plain updates safe by one lock for the whole interpreter, that a"
        " thread takes once and keeps for very many updates.",
        exhibits=(Chart("time per update, one thread", bars),),
    )


def _relative(what: str, ns: float, plain: float) -> str:
    return f"{what} took {_ns(ns)}: {_as_much(ns / plain)}."


def together(measured: Measured) -> Step:
    rows = tuple(
        (LABELS[way], *(_ns(measured.price_ns(way, n)) for n in measured.thread_counts))
        for way in WAYS
    )
    atomic = [measured.price_ns("atomic", n) for n in measured.thread_counts]
    worst = max(range(len(atomic)), key=lambda i: atomic[i])
    if worst and atomic[worst] > 1.2 * atomic[0]:
        saw = (
            f"More threads did not get more done. An atomic update came every {_ns(atomic[0])}"
            f" with one thread, and every {_ns(atomic[worst])} with"
            f" {measured.thread_counts[worst]} threads."
        )
    else:
        saw = (
            f"An atomic update came every {_ns(atomic[0])} with one thread and every"
            f" {_ns(atomic[-1])} with {measured.thread_counts[-1]} threads."
        )
    return Step(
        title="What sharing one object costs",
        did="Several threads took and gave up references to one object at the same time. The time"
        " is that from one update to the next, whichever thread made it.",
        saw=saw,
        means=_why_sharing_costs(measured.cores)
        + " So counting makes even objects that are only read costly to share."
        " That is why immortal objects, and no counting at all where it can be avoided, matter"
        " more without a GIL. (Plain updates are here for comparison: their count is wrong.)",
        exhibits=(Table(("time per update, with", *_columns(measured)), rows),),
    )


def _why_sharing_costs(cores: int) -> str:
    text = "Only one core at a time can write to a place in memory"
    if cores == 1:
        return f"{text}; with several cores, the place would have to travel from one to another."
    return f"{text}, and the place has to travel from core to core."


def bias(measured: Measured) -> Step:
    seen = measured.bias
    plain, atomic = measured.price_ns("plain"), measured.price_ns("atomic")
    bars = (
        Bar("plain", plain, _ns(plain), "not safe without a lock"),
        Bar("atomic", atomic, _ns(atomic)),
        Bar("biased, the owner", seen.owner_ns, _ns(seen.owner_ns), "alone"),
        Bar("biased, another thread", seen.stranger_ns, _ns(seen.stranger_ns), "alone"),
        Bar("biased, the owner", seen.owner_together_ns, _ns(seen.owner_together_ns), TOGETHER),
        Bar(
            "biased, another thread",
            seen.stranger_together_ns,
            _ns(seen.stranger_together_ns),
            TOGETHER,
        ),
    )
    return Step(
        title="How Python without a GIL counts",
        did="In free-threaded Python (PEP 703) an object belongs to the thread that made it. That"
        " thread has a count of its own, which it updates plainly; all others share a second count,"
        " which they update atomically. Measured here: the owner alone, another thread alone, and"
        " both at the same time.",
        saw=f"{_relative('An update by the owner', seen.owner_ns, plain)}"
        f" {_relative('One by another thread', seen.stranger_ns, plain)} Both at the same time:"
        f" {_ns(seen.owner_together_ns)} for the owner, {_ns(seen.stranger_together_ns)} for the"
        " other.",
        means="Most objects are only ever used by the thread that made them, so most updates are"
        " of the owner's kind. The true count is the sum of both; when the owner gives the object"
        " up, they are merged. Left out here: immortal objects, and the queue in which other"
        " threads ask the owner to merge.",
        exhibits=(Chart("time per update", bars),),
    )


def conclusion(measured: Measured) -> str:
    plain, atomic = measured.price_ns("plain"), measured.price_ns("atomic")
    worst = max(_of(measured.lost, "plain"), key=lambda row: row.lost)
    danger = (
        f"without a lock {worst.threads} threads lost {percent(worst.lost / worst.updates)} of them"
        if worst.lost
        else "without a lock they may get lost, though none were this time"
    )
    return (
        f"Every use of an object updates a count. Plain updates are cheap ({_ns(plain)} here), but"
        f" {danger}. Atomic updates lose nothing and cost {_as_much(atomic / plain)}, even in a"
        f" program with one thread. The GIL keeps the plain price"
        f" ({_ns(measured.price_ns('turns'))} here) with one lock for everything, and pays with"
        " threads that take turns. Free-threaded Python gives every object an owner, who pays"
        f" {_ns(measured.bias.owner_ns)}, and lets all others pay"
        f" {_ns(measured.bias.stranger_ns)}."
    )


def _ns(value: float) -> str:
    return seconds(value * 1e-9)


def _as_much(ratio: float) -> str:
    if ratio < 0.9:
        return "not more than a plain one"
    if ratio <= 1.1:
        return "about as much as a plain one"
    return f"{factor(ratio)} times as much as a plain one"
