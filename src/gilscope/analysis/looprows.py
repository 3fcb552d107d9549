"""What event loops were blocked by: the rows of `Analysis.loop`."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from gilscope.analysis.place import Line  # noqa: TC001 -- hypothesis builds rows from hints


class BlockKind(StrEnum):
    """What a callback did while its loop could not go on."""

    HOLDING = "holding"  # it had the GIL: Python code, or a call that does not let go
    COMPUTING = "computing"  # on a CPU without the GIL
    LOCK = "lock"  # it waited for a lock, a condition, a queue or the like
    BLOCKED = "blocked"  # it was blocked on anything else: I/O, a timer, a child


@dataclass(frozen=True, slots=True)
class BlockedRow:
    """A line of a callback, and what it has of the turns of the loop that took too long.

    `callback` is the outermost function of the user's own that the loop had called, without a
    line; `line` the innermost line of the user's own, `inside` a library's that it had called. Both
    have neither a function nor a file where it is not known what ran. `times` counts the turns that
    it had at least a tenth of, `longest_s` is what it had of one of them.
    """

    thread: str  # of the loop
    callback: Line
    line: Line
    kind: BlockKind
    blocked_s: float
    times: int
    longest_s: float
    inside: Line | None = None


@dataclass(frozen=True, slots=True)
class BlockedTurn:
    """When a loop could not go on: seconds. `line` is the one that took most of that.

    `blocked_s` is how long that took without waits for the GIL: `to_s` may be later.
    """

    thread: str
    from_s: float
    to_s: float
    blocked_s: float
    line: Line


@dataclass(frozen=True, slots=True)
class LoopBlocks:
    """The turns of event loops in which callbacks took 100 ms or more, without waits for the GIL.

    All but `blocked` and `turns` is of the loop that was blocked for longest, which ran in
    `thread`. `delayed_s` is what took turns after which the loop found something ready or due as
    soon as it could look, which may be the next step of the callback itself; or turns in which
    others were ready before the long callback was called, and called after it, where that was seen
    (asyncio's own loop, while the callback has the GIL, or is without it for 50 ms).
    """

    thread: str = ""
    times: int = 0
    blocked_s: float = 0.0
    longest_s: float = 0.0
    delayed_s: float = 0.0
    blocked: tuple[BlockedRow, ...] = ()  # by blocked_s, longest first
    turns: tuple[BlockedTurn, ...] = ()  # by blocked_s, longest first; the longest 20


NOT_BLOCKED = LoopBlocks()
