"""What goes on at one moment: who holds a GIL, who waits for one, and who for a lock."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from gilscope.trace.layout import LOCK, NOW_HEAD, NOW_LOCK, NOW_TAIL, OPEN

if TYPE_CHECKING:
    import numpy.typing as npt

    Ints = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Moment:
    """At `time_ns` of a process's recording.

    `open` has rows as `Trace.open` has, `locks` rows of waits for locks that are not among those of
    the file, and `lock_gils` whose sites these refer to. `left_out`: how many rows were too many.
    """

    time_ns: int
    open: npt.NDArray[np.void]
    locks: npt.NDArray[np.void]
    lock_gils: Ints
    left_out: int = 0


def nothing_at(time_ns: int) -> Moment:
    return Moment(time_ns, np.zeros(0, OPEN), np.zeros(0, LOCK), np.zeros(0, np.int64))


def parse_now(data: bytes) -> Moment | None:
    """Parse a NOW chunk's payload; None where it was being written, or is damaged."""
    if len(data) < NOW_HEAD.itemsize:
        return None
    head = np.frombuffer(data, NOW_HEAD, 1)[0]
    opens, locks = int(head["open_count"]), int(head["lock_count"])
    locks_at = NOW_HEAD.itemsize + opens * OPEN.itemsize
    gils_at = locks_at + locks * LOCK.itemsize
    tail_at = gils_at + locks * NOW_LOCK.itemsize
    if len(data) < tail_at + NOW_TAIL.itemsize:
        return None
    if np.frombuffer(data, NOW_TAIL, 1, tail_at)[0]["serial"] != head["serial"]:
        return None
    return Moment(
        int(head["time_ns"]),
        np.frombuffer(data, OPEN, opens, NOW_HEAD.itemsize),
        np.frombuffer(data, LOCK, locks, locks_at),
        np.frombuffer(data, NOW_LOCK, locks, gils_at)["gil"].astype(np.int64),
        int(head["left_out"]),
    )
