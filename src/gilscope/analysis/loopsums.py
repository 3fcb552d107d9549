"""What blocked the loops of each thread: sums by line, and the longest turns."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from gilscope.analysis.looprows import BlockedTurn, BlockKind
from gilscope.analysis.place import Line

if TYPE_CHECKING:
    from collections import Counter
    from collections.abc import Callable, Mapping

LEAST_SHARE = 0.1  # of a turn, for a line to be counted in it
MOST_TURNS = 20
# Callback, line, what was done there, and the library's line.
Name = tuple[Line, Line, BlockKind, Line | None]


@dataclass(slots=True)
class LineSum:
    """What a line has of the turns of a loop."""

    blocked_ns: int = 0
    times: int = 0
    longest_ns: int = 0


@dataclass(slots=True)
class LoopSums:
    """What is known of the loops of one thread."""

    times: int = 0
    blocked_ns: int = 0
    longest_ns: int = 0
    delayed_ns: int = 0
    lines: dict[Name, LineSum] = field(default_factory=dict)
    longest: list[tuple[int, int, int, Line]] = field(default_factory=list)

    def add(self, own_ns: int, parts: Counter[Name], edges_ns: tuple[int, int]) -> None:
        self.times += 1
        self.blocked_ns += own_ns
        self.longest_ns = max(self.longest_ns, own_ns)
        for key, much in parts.items():
            known = self.lines.setdefault(key, LineSum())
            known.blocked_ns += much
            known.times += much >= LEAST_SHARE * own_ns
            known.longest_ns = max(known.longest_ns, much)
        most = max(parts, key=lambda key: parts[key], default=None)
        line = Line("", "", 0) if most is None else most[1]
        self.longest.append((own_ns, *edges_ns, line))
        self.longest.sort(key=lambda each: -each[0])
        del self.longest[MOST_TURNS:]


def longest_turns(
    loops: Mapping[int, LoopSums], name: Callable[[int], str]
) -> tuple[BlockedTurn, ...]:
    """Return the longest turns of all loops, longest first."""
    found = [
        BlockedTurn(name(thread), begin / 1e9, end / 1e9, own / 1e9, line)
        for thread, loop in loops.items()
        for own, begin, end, line in loop.longest
    ]
    return tuple(sorted(found, key=lambda each: -each.blocked_s)[:MOST_TURNS])
