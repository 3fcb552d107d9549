"""The costly files of the program, with what each line of them cost beside it."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from gilscope.report.html.room import room
from gilscope.report.html.shapes import shown
from gilscope.words.text import clean

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gilscope.analysis.model import Line
    from gilscope.picture.costs import LineCost
    from gilscope.sources import Sources

MOST_FILES = 20
AROUND = 4
MOST_COSTLY = 80  # lines of a file
LONGEST_LINE = 200
LEAST_SHARE = 0.0005  # of what all lines cost: what is less changes nothing


@dataclass(slots=True)
class _Cost:
    held_s: float = 0.0
    waited_s: float = 0.0
    caused_s: float = 0.0

    @property
    def weight(self) -> float:
        return self.held_s + self.waited_s + self.caused_s


def sources_data(costs: Mapping[Line, LineCost], sources: Sources | None) -> list[dict[str, Any]]:
    """Return the costly files, the costliest first, with some lines around those that cost."""
    files: dict[str, dict[int, _Cost]] = defaultdict(lambda: defaultdict(_Cost))
    for line, cost in costs.items():
        if line.file and line.line > 0:
            here = files[line.file][line.line]
            here.held_s += cost.held_s
            here.waited_s += cost.waited_s
            here.caused_s += cost.caused_s
    total = sum(cost.weight for lines in files.values() for cost in lines.values())
    ranked = sorted(files.items(), key=lambda each: -sum(c.weight for c in each[1].values()))
    found, left = [], room().source_lines
    for file, lines in ranked[:MOST_FILES]:
        rows = _rows(file, lines, sources, LEAST_SHARE * total)[: max(0, left)]
        left -= len(rows)
        if rows:
            found.append({"file": shown(file), "lines": rows})
    return found


def _rows(
    file: str, lines: Mapping[int, _Cost], sources: Sources | None, least: float
) -> list[list[Any]]:
    """Rows of [number, text or None, held, waited, caused], by number."""
    costly = sorted(lines, key=lambda number: -lines[number].weight)[:MOST_COSTLY]
    costly = [number for number in costly if lines[number].weight > least]
    text = sources.lines(file) if sources is not None else []
    near = {
        number
        for each in costly
        for number in range(each - AROUND, each + AROUND + 1)
        if 0 < number <= len(text)
    }
    return [
        [number, _text(text, number), *_figures(lines.get(number))]
        for number in sorted(near.union(costly))
    ]


def _text(text: list[str], number: int) -> str | None:
    if not 0 < number <= len(text):
        return None
    line = text[number - 1].expandtabs(4)
    stripped = line.lstrip(" ")
    told = clean(stripped, most_characters=min(LONGEST_LINE, room().characters))
    return " " * min(len(line) - len(stripped), LONGEST_LINE) + told


def _figures(cost: _Cost | None) -> tuple[float, float, float]:
    return (0.0, 0.0, 0.0) if cost is None else (cost.held_s, cost.waited_s, cost.caused_s)
