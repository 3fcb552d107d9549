"""Calls of a function that follow each other at once: nothing is recorded between them.

But where a thread let go of the GIL is known, of each function that it was in. Who is at a place in
a function that lies before the one it was at, or at the same one, and there is no loop around it,
has come there by another call.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from gilscope.analysis.lines import Lines
from gilscope.analysis.sourcecode import SourceCode

if TYPE_CHECKING:
    import numpy.typing as npt

    from gilscope.trace import Trace

    Ints = npt.NDArray[np.int64]
    Mask = npt.NDArray[np.bool_]


class Anew:
    """Tells a new call from what is still the same; what it cannot tell is the same."""

    def __init__(self, trace: Trace) -> None:
        self._paths = trace.paths(0)
        self._code = SourceCode(trace, Lines(trace))
        self._in_loop: dict[int, bool] = {}

    def follows(self, path: Ints, ends_in: Mask) -> Mask:
        """By place in `path` (int64): whether another call of a function was made until the next.

        `path` are those at which a thread was, one after another; `ends_in` (bool, by path) says
        which of all paths end in the function.
        """
        found = np.zeros(len(path), np.bool_)
        if len(path) < 2:
            return found
        pairs = np.stack([path[:-1], path[1:]])
        pairs, which = np.unique(pairs, axis=1, return_inverse=True)
        again = [self._again(before, after, ends_in) for before, after in pairs.T.tolist()]
        found[:-1] = np.array(again, np.bool_)[which.ravel()]
        return found

    def _again(self, before: int, after: int, ends_in: Mask) -> bool:
        """Compare what both were in, from the function inwards: its frame, what that called, …"""
        inner, outer = self._inwards(before, ends_in), self._inwards(after, ends_in)
        if not inner or not outer:
            return False
        for depth, (was, now) in enumerate(zip(inner, outer, strict=False)):
            if self._paths.code[was] != self._paths.code[now]:
                return False
            if self._is_in_loop(was) or self._is_in_loop(now):
                return False
            if self._paths.instruction[was] != self._paths.instruction[now]:
                return bool(self._paths.instruction[now] < self._paths.instruction[was])
            if depth + 1 < max(len(inner), len(outer)) and not (
                self._calls(inner, depth) and self._calls(outer, depth)
            ):
                return False
        return len(inner) == len(outer)

    def _inwards(self, path: int, ends_in: Mask) -> list[int]:
        """Return the frames of a path from the function on; none if it is not in it, or twice."""
        ids = list(self._paths.ids(path))
        places = [place for place, each in enumerate(ids) if ends_in[each]]
        return ids[: places[0] + 1][::-1] if len(places) == 1 else []

    def _calls(self, frames: list[int], depth: int) -> bool:
        """Whether the source calls by its name what is one further in, and no C code does that."""
        if depth + 1 == len(frames):
            return True
        called = self._paths.frame(frames[depth + 1]).function.rpartition(".")[2]
        return self._code.called(0, frames[depth]) == called

    def _is_in_loop(self, path: int) -> bool:
        if path not in self._in_loop:
            self._in_loop[path] = self._code.is_in_loop(0, path)
        return self._in_loop[path]
