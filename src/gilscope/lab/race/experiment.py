"""Is `counter += 1` safe? What the bytecode allows, and how often updates are lost, counted."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gilscope.errors import GilscopeError
from gilscope.lab.kit import machine, missing
from gilscope.lab.kit.child import ChildFailed, ask, part
from gilscope.lab.kit.machine import has_gil
from gilscope.lab.kit.model import Experiment, Step, Table
from gilscope.lab.race import illustrated, orders, program
from gilscope.lab.race.bytecode import listing, switches_between, update
from gilscope.pythons import find
from gilscope.words.numbers import in_words, percent

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gilscope.lab.kit.model import Listener

QUESTION = "Is `counter += 1` safe in threads, with the GIL and without it?"
LENGTH_S = 0.8
INTERVAL_S = 1e-5  # switches come often, so that what can go wrong has many chances
LOOP = "for _ in range(times):"
LABELS = {
    "plain": "`counter += 1`",
    "call": "`counter = counter + one()`",
    "locked": "the one with the call, and a lock",
}
CHECKS = {"check": "check, then act", "check_locked": "check, then act, with a lock"}


def perform(listen: Listener) -> Experiment:
    request = {"length_s": LENGTH_S, "interval_s": INTERVAL_S}
    try:
        here = ask("race", request, part(listen, 0.0, 0.48))
    except ChildFailed as error:
        raise GilscopeError(f"the experiment could not be run: {error}", exit_code=1) from error
    found = here["found"]
    free_step, free = _free_threaded(request, part(listen, 0.48, 0.96))
    listen(0.96, "trying all orders of two threads")
    tried, explored = orders.perform()
    steps = (
        illustrated.instructions(_instructions()),
        illustrated.with_call(_with_call()),
        illustrated.counted(_counted(found), found),
        illustrated.order(tried["call"], "call"),
        illustrated.checked(_checked(found), found),
        illustrated.free_threaded(free_step, free),
        illustrated.order(tried["plain"], "plain"),
        illustrated.locked(_locked(found)),
        illustrated.order(tried["locked"], "locked"),
    )
    data: dict[str, Any] = {
        "threads": program.THREADS,
        "length_s": LENGTH_S,
        "switch_interval_s": INTERVAL_S,
        "switches_inside": {
            "plain": switches_between(program.add, "counter"),
            "call": switches_between(program.add_with_call, "counter"),
        },
        "here": _figures(here),
        "free_threaded": _figures(free) if free is not None else None,
        "explored": explored,
    }
    return Experiment("race", QUESTION, steps, _conclusion(found, free), data)


def _figures(counted: Mapping[str, Any]) -> dict[str, Any]:
    return {**counted, "gil_enabled": counted["gil"]}  # "gil" is the older name


def _instructions() -> Step:
    inside = switches_between(program.add, "counter")
    length = in_words(len(update(program.add, "counter")))
    return Step(
        "What `counter += 1` is",
        did=f"The instructions of a loop around `counter += 1`, in {machine.python()}. Marked are"
        " those at which this version may hand the GIL to another thread: function entries,"
        " calls and jumps back.",
        saw=f"One line of Python is {length} instructions, from the"
        f" one that reads the counter to the one that writes it. {_marked_between(inside)}.",
        means=_allowed(inside),
        exhibits=(listing(program.add, f"{LOOP} counter += 1", "counter"),),
    )


def _allowed(inside: int) -> str:
    if not has_gil():
        return (
            "That is about Pythons with a GIL. This one has none: threads run at the same time,"
            " and any instruction of another thread can fall between reading and writing."
        )
    if inside == 0:
        return (
            "Another thread cannot come in between on this version, as long as the counter is a"
            " plain number. No rule of the language says so: up to Python 3.9 it could, and"
            " without a GIL it can."
        )
    return "Another thread can come in between, and what it wrote is then overwritten."


def _with_call() -> Step:
    inside = switches_between(program.add_with_call, "counter")
    return Step(
        "The same with a call in it",
        did="The instructions of `counter = counter + one()`: a function is called after the"
        " counter was read.",
        saw=f"{_marked_between(inside)}: the call. The called function has an entry, which is"
        " another one.",
        means="If another thread gets its turn there, it adds to the same old value. Both write,"
        " and one of the updates is lost. That is a race.",
        exhibits=(listing(program.add_with_call, f"{LOOP} counter = counter + one()", "counter"),),
    )


def _marked_between(inside: int) -> str:
    verb, noun = ("is", "instruction") if inside == 1 else ("are", "instructions")
    return f"Between reading and writing there {verb} {in_words(inside)} marked {noun}"


def _counted(found: Mapping[str, Mapping[str, int]]) -> Step:
    saw = [_lost_in_words(LABELS[name], found[name]) for name in ("plain", "call")]
    lost_any = any(found[name]["lost"] for name in ("plain", "call"))
    means = (
        "The race is real, and it makes no error: the result is just wrong. How much is lost"
        " changes from run to run; a test that passes proves nothing."
        if lost_any
        else "Nothing was lost this time. That does not prove that nothing can be."
    )
    return Step(
        f"Counted: {in_words(program.THREADS)} threads, one counter",
        did=f"{in_words(program.THREADS).capitalize()} threads updated one counter for"
        f" {LENGTH_S:g} s each way, in {machine.python()}.{_often() if has_gil() else ''}",
        saw=" ".join(saw),
        means=means,
        exhibits=(_updates_table(found, ("plain", "call")),),
    )


def _often() -> str:
    return (
        f" The switch interval was {INTERVAL_S * 1e6:g} µs instead of 5 ms, so that switches came"
        " often."
    )


def _lost_in_words(label: str, row: Mapping[str, int]) -> str:
    if not row["lost"]:
        return f"{label} lost none of {row['updates']:,} updates."
    share = percent(row["lost"] / row["updates"])
    return f"{label} lost {row['lost']:,} of {row['updates']:,} updates, {share}."


def _updates_table(found: Mapping[str, Mapping[str, int]], names: tuple[str, ...]) -> Table:
    rows = [
        (
            LABELS[name].replace("`", ""),
            f"{found[name]['updates']:,}",
            f"{found[name]['lost']:,}",
            percent(found[name]["lost"] / found[name]["updates"]),
        )
        for name in names
    ]
    return Table(("update", "made", "lost", "share"), tuple(rows))


def _checks_table(found: Mapping[str, Mapping[str, int]], names: tuple[str, ...]) -> Table:
    rows = [
        (
            CHECKS[name].replace("`", ""),
            f"{found[name]['keys']:,}",
            f"{found[name]['made_again']:,}",
        )
        for name in names
    ]
    return Table(("cache", "keys", "made twice"), tuple(rows))


def _checked(found: Mapping[str, Mapping[str, int]]) -> Step:
    row = found["check"]
    again = row["made_again"]
    return Step(
        "Check, then act",
        did="Two threads filled one cache: `if key not in cache: cache[key] = make(key)`. Each key"
        " should be made once. How many were made twice?",
        saw=f"{again:,} of {row['keys']:,} keys were made twice."
        if again
        else f"None of {row['keys']:,} keys was made twice.",
        means="Between the check and the act another thread made the same check. What was true"
        " when it was checked was no longer true. The GIL does not prevent this: it protects"
        " the interpreter, not a program's own steps."
        if again
        else "It was not seen this time. The call of `make` stands between check and act, so that"
        " another thread can make the same check there.",
        exhibits=(_checks_table(found, ("check",)),),
    )


def _free_threaded(
    request: dict[str, float], listen: Listener
) -> tuple[Step, dict[str, Any] | None]:
    title = "The same without a GIL"
    if not has_gil():
        return Step(title, unavailable="this Python has none already: see above"), None
    python = find.free_threaded()
    if python is None:
        return Step(title, unavailable=missing.NO_FREE_THREADED), None
    try:
        there = ask("race", request, listen, python.executable)
    except ChildFailed as error:
        return Step(title, unavailable=f"Python {python.tag} could not run this: {error}"), None
    found = there["found"]
    words = [_lost_in_words(LABELS[name], found[name]) for name in ("plain", "call")]
    again = found["check"]["made_again"]
    step = Step(
        title,
        did=f"The same counting in Python {python.tag}.",
        saw=f"{' '.join(words)} In the cache, {again:,} of {found['check']['keys']:,} keys were"
        " made twice.",
        means="No GIL keeps the threads apart there. Code that was safe only because of where a"
        " switch could fall is not safe any more."
        if found["plain"]["lost"]
        else "No GIL keeps the threads apart there. That `counter += 1` lost nothing this time"
        " proves nothing.",
        exhibits=(
            _updates_table(found, ("plain", "call", "locked")),
            _checks_table(found, ("check", "check_locked")),
        ),
    )
    return step, there


def _locked(found: Mapping[str, Mapping[str, int]]) -> Step:
    lost, again = found["locked"]["lost"], found["check_locked"]["made_again"]
    exact = not lost and not again
    return Step(
        "With a lock",
        did="The update with the call in it, and the check with its act, each in a `with lock:`"
        " block, with one lock that both threads use.",
        saw=f"{_lost_in_words('The counter', found['locked'])} "
        f"{again or 'No'} key{' was' if not again else 's were'} made twice.",
        means="Only one thread at a time can be between reading and writing. The result is exact on"
        " every version, with a GIL or without; the price is that others wait."
        if exact
        else "That should be impossible: please report it.",
        exhibits=(_updates_table(found, ("locked",)), _checks_table(found, ("check_locked",))),
    )


def _conclusion(found: Mapping[str, Mapping[str, int]], free: Mapping[str, Any] | None) -> str:
    if found["plain"]["lost"]:
        text = "`counter += 1` lost updates here."
    elif has_gil() and not switches_between(program.add, "counter"):
        text = (
            "`counter += 1` lost nothing here: this version hands the GIL to no other thread inside"
            " it, though no rule of the language says so."
        )
    else:
        text = "`counter += 1` lost nothing here, by luck."
    if free is not None and free["found"]["plain"]["lost"]:
        text += " Without a GIL the same code lost updates."
    return f"{text} A lock makes it exact everywhere. The GIL is not a lock for your own data."
