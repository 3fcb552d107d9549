"""Flame graphs: sums by call path, as a tree of places from the outermost to the innermost."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from gilscope.picture.spans import NOTHING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from gilscope.picture.places import Places
    from gilscope.picture.sums import Path
    from gilscope.trace import Trace

MOST_NODES = 3000
MOST_DEPTH = 100
FOLDED = -2  # the place of a node that stands for smaller paths
_ROOT = -1


@dataclass(slots=True)
class Flame:
    """Nodes, parents before children. `value_s` is what each has itself, without its children.

    `place` is NOTHING (-1) where no Python code is known, and FOLDED (-2) for what is too small to
    have nodes of its own; `folded_s` is how much that is. Calls of a function by the same line of
    itself are one node.
    """

    parent: list[int] = field(default_factory=list)
    place: list[int] = field(default_factory=list)
    value_s: list[float] = field(default_factory=list)
    folded_s: float = 0.0


def flame(trace: Trace, places: Places, sums: Mapping[Path, float]) -> Flame:
    """Make a tree of sums (ns) by path; what is largest comes first."""
    made = _Tree()
    for (table, path), ns in sorted(sums.items(), key=lambda each: -each[1]):
        full = len(made.flame.parent) >= MOST_NODES
        frames = [] if full else _frames(trace, places, table, path)
        made.add(frames, ns / 1e9, is_known=not full)
    return made.flame


def _frames(trace: Trace, places: Places, table: int, path: int) -> list[int]:
    """Places from the outermost frame on; of a deep stack both ends, and FOLDED between."""
    paths = trace.paths(table)
    frames = itertools.islice(paths.ids(path), 50 * MOST_DEPTH)
    inner = [places.of_frame(paths.frame(each)) for each in frames]
    found = [place for place, _ in itertools.groupby(reversed(inner))]
    if len(found) > MOST_DEPTH:
        half = MOST_DEPTH // 2
        found = [*found[:half], FOLDED, *found[-half:]]
    return found or [NOTHING]


class _Tree:
    def __init__(self) -> None:
        self.flame = Flame()
        self._nodes: dict[tuple[int, int], int] = {}

    def add(self, frames: Sequence[int], value_s: float, *, is_known: bool) -> None:
        if not is_known:
            self.flame.folded_s += value_s
        node = _ROOT
        for place in frames if is_known else [FOLDED]:
            node = self._child(node, place)
        self.flame.value_s[node] += value_s

    def _child(self, parent: int, place: int) -> int:
        node = self._nodes.setdefault((parent, place), len(self.flame.parent))
        if node == len(self.flame.parent):
            self.flame.parent.append(parent)
            self.flame.place.append(place)
            self.flame.value_s.append(0.0)
        return node
