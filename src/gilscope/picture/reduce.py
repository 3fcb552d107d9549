"""Leave out of a picture what matters least: names of lines, nodes of flame graphs, marks."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from gilscope.picture.flames import FOLDED, Flame
from gilscope.picture.marks import MarkKind
from gilscope.picture.spans import NOTHING

if TYPE_CHECKING:
    import numpy.typing as npt

    from gilscope.picture.marks import Mark
    from gilscope.picture.model import Picture

    Ints = npt.NDArray[np.int64]


def reduced(picture: Picture, *, lines: int, nodes: int, marks: int) -> Picture:
    """Return it with at most so many lines named, nodes in a flame graph, and marks.

    A line that is not among the largest is NOTHING in the timeline, and FOLDED in a flame graph.
    """
    flames = {name: _trimmed(each, nodes) for name, each in picture.flames.items()}
    picture = replace(picture, flames=flames, marks=_largest(picture.marks, marks))
    if len(picture.lines) <= lines:
        return picture
    kept = np.zeros(len(picture.lines), np.bool_)
    kept[np.argsort(-_weights(picture), kind="stable")[:lines]] = True
    return _without_lines(picture, kept)


def _trimmed(flame: Flame, most: int) -> Flame:
    """Keep the first nodes, which are those of the largest paths, and put the rest into one."""
    if len(flame.parent) <= most:
        return flame
    rest_s = sum(flame.value_s[most:])
    return Flame(
        [*flame.parent[:most], -1],
        [*flame.place[:most], FOLDED],
        [*flame.value_s[:most], rest_s],
        flame.folded_s + _unfolded(flame, most),
    )


def _unfolded(flame: Flame, most: int) -> float:
    """Of what is put together now, what was not yet."""
    rest = zip(flame.place[most:], flame.value_s[most:], strict=True)
    return sum(value_s for place, value_s in rest if place != FOLDED)


def _largest(marks: tuple[Mark, ...], most: int) -> tuple[Mark, ...]:
    """Keep windows and the longest of the others, in their order."""
    if len(marks) <= most:
        return marks

    def weight(mark: Mark) -> tuple[bool, bool, int]:
        return mark.is_judged, mark.kind is not MarkKind.GC, mark.to_ns - mark.from_ns

    kept = sorted(range(len(marks)), key=lambda at: weight(marks[at]), reverse=True)[:most]
    return tuple(marks[at] for at in sorted(kept))


def _weights(picture: Picture) -> npt.NDArray[np.float64]:
    """How long each line has in the timeline and in flame graphs; those in tables come first."""
    spans = picture.timeline.spans
    known = spans.place >= 0
    size = len(picture.lines)
    weights = np.zeros(size)
    np.add.at(weights, spans.place[known], spans.length_ns[known])
    for flame in picture.flames.values():
        place, value_s = np.array(flame.place, np.int64), np.array(flame.value_s)
        np.add.at(weights, place[place >= 0], value_s[place >= 0] * 1e9)
    weights[: picture.named] += weights.sum() + 1.0
    return weights


def _without_lines(picture: Picture, kept: npt.NDArray[np.bool_]) -> Picture:
    """Number the lines that are kept anew; those in tables keep their order."""
    number = np.append(np.where(kept, np.cumsum(kept) - 1, NOTHING), NOTHING)

    def anew(place: Ints) -> Ints:
        return np.where(place >= 0, number[place], place)

    def of_flame(flame: Flame) -> Flame:
        place = np.array(flame.place, np.int64)
        is_gone = (place >= 0) & (number[place] == NOTHING)
        return replace(flame, place=np.where(is_gone, FOLDED, anew(place)).tolist())

    timeline, other = picture.timeline, picture.without
    edges, spans = timeline.edges, timeline.spans
    return replace(
        picture,
        lines=tuple(line for line, is_kept in zip(picture.lines, kept, strict=True) if is_kept),
        named=int(kept[: picture.named].sum()),
        timeline=replace(
            timeline,
            spans=replace(spans, place=anew(spans.place)),
            edges=replace(edges, from_place=anew(edges.from_place), to_place=anew(edges.to_place)),
        ),
        without=other and replace(other, spans=replace(other.spans, place=anew(other.spans.place))),
        flames={name: of_flame(each) for name, each in picture.flames.items()},
        marks=tuple(
            replace(each, place=int(number[each.place])) if each.place >= 0 else each
            for each in picture.marks
        ),
    )
