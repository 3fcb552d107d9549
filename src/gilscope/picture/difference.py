"""A difference flame graph: the call paths of runs from before and from now, as one tree."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from gilscope.analysis.difference import Outcome, told_of, unit_of
from gilscope.picture.flames import FOLDED, MOST_DEPTH
from gilscope.picture.pathsums import ROOT

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    from gilscope.analysis.difference import Difference
    from gilscope.picture.pathsums import PathSums, PathTree

    Floats = npt.NDArray[np.float64]
    Ints = npt.NDArray[np.int64]

MOST_PATHS = 10_000  # that are turned upside down
NEUTRAL = frozenset({"held", "off"})  # less of it is not better by itself


@dataclass(frozen=True, slots=True)
class DifferenceTree:
    """Nodes, parents before children; lists of equal length.

    `before_s`, `now_s`: means of the runs of a side, with all that the node calls; `own_before_s`,
    `own_now_s`: without that. `function`: a number of the graph's functions, NOTHING where no
    Python code is known, FOLDED for what is too small to have nodes of its own.
    """

    parent: tuple[int, ...]
    function: tuple[int, ...]
    before_s: tuple[float, ...]
    now_s: tuple[float, ...]
    own_before_s: tuple[float, ...]
    own_now_s: tuple[float, ...]
    outcome: tuple[Outcome, ...]


@dataclass(frozen=True, slots=True)
class DifferenceGraph:
    """`called`: from the outermost function to the innermost. `callers`: the same turned round.

    `before_s`, `now_s`: what each run has in all, in the order of the runs.
    """

    called: DifferenceTree
    callers: DifferenceTree
    before_s: tuple[float, ...]
    now_s: tuple[float, ...]
    outcome: Outcome


@dataclass(frozen=True, slots=True)
class DifferencePicture:
    """`functions`: name and file by number; `graphs` by what they are of: those with anything."""

    functions: tuple[tuple[str, str], ...]
    graphs: dict[str, DifferenceGraph]


def draw_difference(sums: PathSums, found: Difference, most_nodes: int) -> DifferencePicture:
    """Draw what `sums` has of the runs of a difference: first those of before, then those of now.

    Trees have about `most_nodes`, those that are largest in the means of either side.
    """
    units = np.array([unit_of(run, found.basis) for run in (*found.before, *found.now)])
    before = len(found.before)
    graphs = {}
    for kind, tree in sums.trees.items():
        own = tree.own(len(units)) / units
        if not own.any():
            continue
        drawing = _Drawing(before, most_nodes, is_neutral=kind in NEUTRAL)
        parent, function = np.array(tree.parent, np.int64), np.array(tree.function, np.int64)
        total = own.sum(axis=0)
        graphs[kind] = DifferenceGraph(
            drawing.tree(parent, function, own),
            drawing.tree(*_turned(tree, own, before)),
            tuple(total[:before].tolist()),
            tuple(total[before:].tolist()),
            drawing.outcome(total),
        )
    return DifferencePicture(tuple(sums.functions.names), graphs)


def _turned(tree: PathTree, own: Floats, before: int) -> tuple[Ints, Ints, Floats]:
    """Turn a tree upside down: who ran comes first, then who called it."""
    weight = _larger(own, before)
    ranked = np.argsort(-weight, kind="stable")
    ranked = ranked[weight[ranked] > 0]
    parent: list[int] = []
    function: list[int] = []
    known: dict[tuple[int, int], int] = {}

    def child(above: int, each: int) -> int:
        node = known.setdefault((above, each), len(parent))
        if node == len(parent):
            parent.append(above)
            function.append(each)
        return node

    ends = []
    for leaf in ranked[:MOST_PATHS].tolist():
        node, at = ROOT, leaf
        for _ in range(MOST_DEPTH):
            if at == ROOT:
                break
            node, at = child(node, tree.function[at]), tree.parent[at]
        ends.append(node)
    rest = ranked[MOST_PATHS:]
    if len(rest):
        ends += [child(ROOT, FOLDED)] * len(rest)
    turned = np.zeros((len(parent), own.shape[1]))
    np.add.at(turned, np.array(ends, np.int64), own[ranked])
    return np.array(parent, np.int64), np.array(function, np.int64), turned


def _larger(values: Floats, before: int) -> Floats:
    """Of each row, the mean of the side where that is larger."""
    larger: Floats = np.maximum(values[:, :before].mean(axis=1), values[:, before:].mean(axis=1))
    return larger


class _Drawing:
    def __init__(self, before: int, most_nodes: int, *, is_neutral: bool) -> None:
        self._before, self._most, self._is_neutral = before, most_nodes, is_neutral

    def outcome(self, values: Floats) -> Outcome:
        sides = values[: self._before].tolist(), values[self._before :].tolist()
        return told_of(*sides, is_neutral=self._is_neutral)[1]

    def tree(self, parent: Ints, function: Ints, own: Floats) -> DifferenceTree:
        """Make a tree of the largest nodes; what others have goes to one beside them."""
        total, depth = _totals(parent, own)
        kept = self._kept(parent, total, depth)
        number = np.full(len(parent) + 1, ROOT, np.int64)  # of the root, too: at the end
        number[kept] = np.arange(len(kept))
        shown = np.flatnonzero(~kept_mask(kept, len(parent)) & _is_top(parent, kept))
        above, folded = np.unique(parent[shown], return_inverse=True)
        rest = np.zeros((len(above), own.shape[1]))
        np.add.at(rest, folded, total[shown])
        parents = [*number[parent[kept]].tolist(), *number[above].tolist()]
        functions = [*function[kept].tolist(), *([FOLDED] * len(above))]
        all_of_it, own = (np.concatenate([each[kept], rest]) for each in (total, own))
        return self._made(parents, functions, all_of_it, own)

    def _kept(self, parent: Ints, total: Floats, depth: Ints) -> Ints:
        """Numbers of the largest nodes; a node is never larger than its parent, nor before it."""
        weight = np.where(depth <= MOST_DEPTH, _larger(total, self._before), 0.0)
        order = np.lexsort((np.arange(len(parent)), -weight))[: self._most]
        return np.sort(order[weight[order] > 0])

    def _made(
        self, parent: Sequence[int], function: Sequence[int], total: Floats, own: Floats
    ) -> DifferenceTree:
        def means(values: Floats) -> tuple[tuple[float, ...], tuple[float, ...]]:
            sides = values[:, : self._before], values[:, self._before :]
            before, now = (tuple(each.mean(axis=1).tolist()) for each in sides)
            return before, now

        outcome = tuple(self.outcome(each) for each in total)
        return DifferenceTree(tuple(parent), tuple(function), *means(total), *means(own), outcome)


def kept_mask(kept: Ints, size: int) -> npt.NDArray[np.bool_]:
    mask = np.zeros(size, np.bool_)
    mask[kept] = True
    return mask


def _is_top(parent: Ints, kept: Ints) -> npt.NDArray[np.bool_]:
    """Say of nodes whether their parent is kept, or the root."""
    mask = np.append(kept_mask(kept, len(parent)), values=True)
    found: npt.NDArray[np.bool_] = mask[parent]  # ROOT is the last one
    return found


def _totals(parent: Ints, own: Floats) -> tuple[Floats, Ints]:
    """Return what nodes have with all below them, and how deep they are, from 1 on."""
    total, depth = own.copy(), np.ones(len(parent), np.int64)
    for node in range(len(parent)):
        if parent[node] != ROOT:
            depth[node] = depth[parent[node]] + 1
    for node in range(len(parent) - 1, -1, -1):
        if parent[node] != ROOT:
            total[parent[node]] += total[node]
    return total, depth
