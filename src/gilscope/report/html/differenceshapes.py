"""Difference flame graphs as the page's script reads them: plain JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gilscope.analysis.difference import Outcome
from gilscope.report.html.shapes import DIGITS
from gilscope.words.text import clean

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from gilscope.picture.difference import DifferencePicture, DifferenceTree

LONGEST_NAME = 120


def graphs_shape(drawn: DifferencePicture) -> dict[str, Any]:
    """Return the graphs by what they are of, and the functions in them; the others have no name.

    Outcomes are numbers of `outcomes`, functions are numbers of `functions`.
    """
    used = {
        number
        for graph in drawn.graphs.values()
        for tree in (graph.called, graph.callers)
        for number in tree.function
        if number >= 0
    }
    names = sorted(used)
    position = {number: at for at, number in enumerate(names)}
    return {
        "outcomes": [each.value for each in Outcome],
        "functions": [
            [clean(part, most_characters=LONGEST_NAME) for part in drawn.functions[number]]
            for number in names
        ],
        "numbers": names,
        "graphs": {
            kind: {
                "before_s": _rounded(graph.before_s),
                "now_s": _rounded(graph.now_s),
                "outcome": _number(graph.outcome),
                "called": _tree(graph.called, position),
                "callers": _tree(graph.callers, position),
            }
            for kind, graph in drawn.graphs.items()
        },
    }


def _tree(tree: DifferenceTree, position: Mapping[int, int]) -> dict[str, Any]:
    return {
        "parent": list(tree.parent),
        "function": [position.get(each, each) for each in tree.function],
        "before_s": _rounded(tree.before_s),
        "now_s": _rounded(tree.now_s),
        "own_before_s": _rounded(tree.own_before_s),
        "own_now_s": _rounded(tree.own_now_s),
        "outcome": [_number(each) for each in tree.outcome],
    }


def _rounded(values: Iterable[float]) -> list[float]:
    return [round(each, DIGITS) for each in values]


def _number(outcome: Outcome) -> int:
    return list(Outcome).index(outcome)
