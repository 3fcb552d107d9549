"""What came of the attack on a proof, in sentences."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gilscope.explore.narration.sentences import sentence
from gilscope.words import numbers

if TYPE_CHECKING:
    from gilscope.explore.results import Exploration


def attempts(exploration: Exploration) -> list[str]:
    """How often a proof was attacked, or why it was not."""
    attack = exploration.attack
    if attack is None:
        return []
    hindrance = sentence(attack.hindrance) if attack.hindrance is not None else ""
    if attack.runs == 0:
        return [f"Not attacked with real threads: {hindrance}."]
    times = "once" if attack.runs == 1 else f"{numbers.whole(attack.runs)} times"
    ended = f", until {hindrance}" if hindrance else ""
    return [f"Attacked {times} with real threads{ended}: the proof withstood."]


def contradiction(exploration: Exploration) -> list[str]:
    """That a failure is a fault of gilscope, too, and what to file it with."""
    attack = exploration.attack
    if attack is None or attack.contradiction is None:
        return []
    found = attack.contradiction
    seed = f"seed {found.seed}, run {found.run}, {found.strategy}"
    where = f"{exploration.target} in {' and '.join(found.worlds)}"
    met = f"It happened with real threads, in run {found.run} of the attack."
    fault = (
        "Explore's search had excluded it: the failure is real, and that is a fault of gilscope."
    )
    data = (
        f"Please report it with: gilscope {found.gilscope}; Python {found.python}; {seed}; {where}."
    )
    return [met, fault, data]
