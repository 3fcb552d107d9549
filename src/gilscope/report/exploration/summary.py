"""The verdict on each of several tests in one line, with the worlds in which it holds."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from gilscope.explore.results import Verdict
from gilscope.words import numbers

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gilscope.explore.results import Exploration

WIDEST_VERDICT = max(len(each.value) for each in Verdict)


def lines(explorations: Sequence[Exploration]) -> list[str]:
    """One for each test, then how many have which verdict."""
    widest = max(len(each.target) for each in explorations)
    counts = Counter(each.verdict for each in explorations)
    parts = [f"{counts[each]} {each.value}" for each in Verdict if counts[each]]
    return [
        *(_line(each, widest) for each in explorations),
        f"{numbers.counted(len(explorations), 'test')}: {', '.join(parts)}",
    ]


def _line(exploration: Exploration, widest: int) -> str:
    verdict = exploration.verdict.value.ljust(WIDEST_VERDICT)
    return f"{verdict}  {exploration.target.ljust(widest)}  {worlds(exploration)}".rstrip()


def worlds(exploration: Exploration) -> str:
    """In which worlds the verdict holds: `in free-threaded; proven in gil-3.11`."""
    parts = []
    for verdict in (exploration.verdict, *(v for v in Verdict if v is not exploration.verdict)):
        names = [each.world for each in exploration.worlds if each.verdict is verdict]
        if names:
            said = "" if verdict is exploration.verdict else f"{verdict.value} "
            parts.append(f"{said}in {' and '.join(names)}")
    return "; ".join(parts)
