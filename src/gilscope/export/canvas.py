"""What a timeline is drawn on: each viewer's format is one of these."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

import numpy as np

from gilscope.export.slices import SliceKind

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy.typing as npt

    Ints = npt.NDArray[np.int64]
    Floats = npt.NDArray[np.float64]
    Track = int

NAMES = {
    SliceKind.HOLD: "has the GIL",
    SliceKind.WAIT: "waits for the GIL",
    SliceKind.MIXED: "takes turns",
    SliceKind.LOCK: "waits for a lock",
    SliceKind.IDLE: "waits: its purpose",
    SliceKind.STOPPED: "is stopped",
}
CATEGORIES = {
    SliceKind.HOLD: "hold",
    SliceKind.WAIT: "wait",
    SliceKind.MIXED: "turns",
    SliceKind.LOCK: "lock",
    SliceKind.IDLE: "idle",
    SliceKind.STOPPED: "stopped",
}
MAKES_WAIT = "makes wait"
WAKES = "wakes"


class Canvas(Protocol):
    """Takes a timeline, process by process. Times are ns after the first process began."""

    def process(self, pid: int, name: str, rank: int) -> None:
        """Introduce a process; what follows is of it."""

    def thread(self, pid: int, tid: int, name: str, rank: int) -> Track:
        """Add the track of a thread."""

    def lane(self, pid: int, tid: int, name: str, rank: int) -> Track:
        """Add a track that is not a thread's; no thread has this `tid`."""

    def slice(
        self,
        track: Track,
        begin_ns: int,
        end_ns: int,
        kind: SliceKind,
        name: str,
        notes: Mapping[str, str | int],
    ) -> None:
        """Add a stretch to a track: they come in the order of their time, and do not overlap."""

    def arrow(self, name: str, origin: Track, target: Track, at_ns: int) -> None:
        """Draw an arrow between two tracks; all slices of the process are there already."""

    def counter(self, pid: int, name: str, times_ns: Ints, values: Floats) -> None:
        """Add a curve that keeps each value until the next moment."""


def changes(times_ns: Ints, values: Floats) -> list[tuple[int, float]]:
    """Return a curve to three digits, without values that are the same as the one before."""
    rounded = np.round(values, 3)
    kept = np.concatenate([[True], np.diff(rounded) != 0])[: len(rounded)]
    return list(zip(times_ns[kept].tolist(), rounded[kept].tolist(), strict=True))
