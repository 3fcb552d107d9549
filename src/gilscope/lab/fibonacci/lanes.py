"""Workers over time: when each of them had a core, by its own CPU clock."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gilscope.lab.fibonacci.timings import NOUNS, PLURALS
from gilscope.lab.fibonacci.turns import THREADS, WINDOW_S
from gilscope.lab.kit.child import ChildFailed, ask
from gilscope.lab.kit.machine import Load
from gilscope.lab.kit.model import Shows, Track, Tracks
from gilscope.lab.kit.recording import CELLS
from gilscope.words.numbers import counted, decimal, in_words

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gilscope.lab.kit.model import Listener

MOST, LITTLE = 2 / 3, 1 / 3  # of a cell
DIGITS = 3


@dataclass(frozen=True, slots=True)
class Lanes:
    """The picture, and a sentence on it; no picture where the sentence says why there is none."""

    said: str
    tracks: tuple[Tracks, ...] = ()


def perform(strategy: str, where: str, listen: Listener, python: str = "") -> Lanes:
    """Watch as many workers as there are recorded threads, for as long as these are shown."""
    asked = {"watch": strategy, "workers": THREADS, "length_s": WINDOW_S, "cells": CELLS}
    try:
        found = ask("fibonacci", asked, listen, python)
    except ChildFailed as error:
        return Lanes(f"How {PLURALS[strategy]} share the cores is not known: {error}.")
    return shown(found["shares"], strategy, where, Load.of(found["load"]))


def shown(shares: Sequence[Sequence[float]], strategy: str, where: str, load: Load) -> Lanes:
    """`shares`: for each worker the parts of each cell in which it had a core."""
    if not all(shares):
        return Lanes(f"Not all {PLURALS[strategy]} took part at the same time: try again.")
    rows = tuple(
        Track(
            f"{NOUNS[strategy]} {number}",
            "".join(map(_cell, row)),
            tuple(round(each, DIGITS) for each in row),
        )
        for number, row in enumerate(shares, start=1)
    )
    heading = f"{counted(THREADS, NOUNS[strategy], PLURALS[strategy])} over time, {where}"
    cores = sum(sum(row) / len(row) for row in shares)
    said = (
        f"Watched over time, {in_words(THREADS)} {PLURALS[strategy]} ran on {decimal(cores)} cores"
        f" at a time, on average. {load.seen()}"
    )
    return Lanes(said, (Tracks(heading, WINDOW_S, rows, Shows.CORE),))


def _cell(share: float) -> str:
    if share >= MOST:
        return "#"
    return "+" if share > LITTLE else "."
