"""Workers over time: when each of them had a core, by its own CPU clock."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gilscope.lab.fibonacci.timings import NOUNS, PLURALS
from gilscope.lab.fibonacci.turns import THREADS, WINDOW_S
from gilscope.lab.kit.child import ChildFailed, ask
from gilscope.lab.kit.model import Shows, Track, Tracks
from gilscope.lab.kit.recording import CELLS
from gilscope.words.numbers import counted

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gilscope.lab.kit.model import Listener

MOST, LITTLE = 2 / 3, 1 / 3  # of a cell


def perform(strategy: str, where: str, listen: Listener, python: str = "") -> Tracks | str:
    """As many workers as there are recorded threads, as long; a text says why there are none."""
    asked = {"watch": strategy, "workers": THREADS, "length_s": WINDOW_S, "cells": CELLS}
    try:
        found = ask("fibonacci", asked, listen, python)
    except ChildFailed as error:
        return f"how {PLURALS[strategy]} share the cores is not known: {error}"
    return tracks(found["shares"], strategy, where)


def tracks(shares: Sequence[Sequence[float]], strategy: str, where: str) -> Tracks | str:
    if not all(shares):
        return f"not all {PLURALS[strategy]} took part at the same time: try again"
    rows = tuple(
        Track(f"{NOUNS[strategy]} {number}", "".join(map(_cell, row)), tuple(row))
        for number, row in enumerate(shares, start=1)
    )
    heading = f"{counted(THREADS, NOUNS[strategy], PLURALS[strategy])} over time, {where}"
    return Tracks(heading, WINDOW_S, rows, Shows.CORE)


def _cell(share: float) -> str:
    if share >= MOST:
        return "#"
    return "+" if share > LITTLE else "."
