"""Sums by call path of several runs, matched by the names of functions: their lines may move."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from gilscope.analysis.figures import file_of_subject
from gilscope.analysis.stacks import StackKind
from gilscope.picture.spans import NOTHING
from gilscope.picture.sums import Sums

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy.typing as npt

    from gilscope.picture.sums import Path
    from gilscope.trace import PathTable, Trace

    Floats = npt.NDArray[np.float64]
    Ints = npt.NDArray[np.int64]

ROOT = -1
KINDS = ("blame", "held", "waited", "lock", "off")
_STACK_KINDS = {
    "blame": StackKind.BLAME,
    "held": StackKind.HELD,
    "waited": StackKind.WAITED,
    "lock": StackKind.LOCKS,
}
_ASK = -2


class Functions:
    """Numbers functions: by their name, and their file without its outer folders."""

    def __init__(self) -> None:
        self.names: list[tuple[str, str]] = []
        self._numbers: dict[tuple[str, str], int] = {}

    def number(self, function: str, file: str) -> int:
        key = function, file_of_subject(file)
        number = self._numbers.setdefault(key, len(self.names))
        if number == len(self.names):
            self.names.append(key)
        return number


class PathTree:
    """Call paths of all runs as one tree. Parents come before their children.

    `parent`: of each node, ROOT of those without; `function`: its number, NOTHING where no Python
    code is known. A function that calls itself directly is one node.
    """

    def __init__(self) -> None:
        self.parent: list[int] = []
        self.function: list[int] = []
        self._children: dict[tuple[int, int], int] = {}
        self._own: list[tuple[int, int, float]] = []

    def child(self, parent: int, function: int) -> int:
        if parent != ROOT and self.function[parent] == function:
            return parent
        node = self._children.setdefault((parent, function), len(self.parent))
        if node == len(self.parent):
            self.parent.append(parent)
            self.function.append(function)
        return node

    def add(self, node: int, run: int, value_s: float) -> None:
        self._own.append((node, run, value_s))

    def own(self, runs: int) -> Floats:
        """Return what nodes have themselves: a row for each node, a column for each run."""
        found = np.zeros((len(self.parent), runs))
        if self._own:
            node, run, value_s = zip(*self._own, strict=True)
            np.add.at(found, (np.array(node), np.array(run)), np.array(value_s))
        return found


class PathSums:
    """What call paths held, waited, caused, and so on: a tree for each of KINDS, in seconds."""

    def __init__(self) -> None:
        self.functions = Functions()
        self.trees = {kind: PathTree() for kind in KINDS}

    def add(self, run: int, trace: Trace) -> None:
        """Add a process of a run; a run may have several. It goes through all of its holds."""
        sums = Sums(trace)
        for _ in sums.run():
            pass
        weights: dict[str, Mapping[Path, float]] = {
            name: sums.weights[kind] for name, kind in _STACK_KINDS.items()
        }
        if not trace.meta.gil_enabled:  # nobody holds what there is none of
            weights = {"lock": weights["lock"]}
        else:
            weights["off"] = sums.off
        for kind, some in weights.items():
            self._add(run, kind, trace, some)

    def _add(self, run: int, kind: str, trace: Trace, sums: Mapping[Path, float]) -> None:
        tree, known = self.trees[kind], dict[int, "Ints"]()
        for (table, path), ns in sums.items():
            paths = trace.paths(table)
            if table not in known:
                known[table] = np.full(len(paths), _ASK, np.int64)
            tree.add(self._node(tree, paths, known[table], path), run, ns / 1e9)

    def _node(self, tree: PathTree, paths: PathTable, known: Ints, path: int) -> int:
        new: list[int] = []
        node = ROOT
        for each in paths.ids(path):
            if known[each] != _ASK:
                node = int(known[each])
                break
            new.append(each)
        for each in reversed(new):
            frame = paths.frame(each)
            function = self.functions.number(frame.function, frame.file) if frame.file else NOTHING
            node = known[each] = tree.child(node, function)
        return int(node) if node != ROOT else tree.child(ROOT, NOTHING)
