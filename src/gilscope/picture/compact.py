"""Leave out the lines that nothing in a picture refers to, and number the others anew."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

    from gilscope.picture.model import Picture

    Ints = npt.NDArray[np.int64]


def compact(picture: Picture) -> Picture:
    """Return the same picture with no more lines than it needs."""
    timeline = picture.timeline
    edges, spans, flames = timeline.edges, timeline.spans, picture.flames.values()
    columns = [spans.place, edges.from_place, edges.to_place]
    columns += [picture.without.spans.place] if picture.without is not None else []
    columns += [np.array(each.place, np.int64) for each in flames]
    columns.append(np.array([each.place for each in picture.marks], np.int64))
    without = picture.without
    used = np.zeros(len(picture.lines), np.bool_)
    for each in columns:
        used[each[each >= 0]] = True
    used[: picture.named] = True
    number = np.cumsum(used) - 1

    def anew(place: Ints) -> Ints:
        return np.where(place >= 0, number[np.maximum(place, 0)] if len(number) else place, place)

    return replace(
        picture,
        lines=tuple(line for line, is_used in zip(picture.lines, used, strict=True) if is_used),
        timeline=replace(
            timeline,
            spans=replace(spans, place=anew(spans.place)),
            edges=replace(edges, from_place=anew(edges.from_place), to_place=anew(edges.to_place)),
        ),
        without=without
        and replace(without, spans=replace(without.spans, place=anew(without.spans.place))),
        flames={
            name: replace(each, place=anew(np.array(each.place, np.int64)).tolist())
            for name, each in picture.flames.items()
        },
        marks=tuple(
            replace(each, place=int(number[each.place]) if each.place >= 0 else each.place)
            for each in picture.marks
        ),
    )
