"""Holds that went on after somebody had waited longer than the switch interval during them.

For what of that time their thread had no core to run on, no change of the program would have ended
them: it is not part of a stall.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from gilscope.analysis.model import Line, LineSource, StallRow
from gilscope.trace import SAMPLER_TABLE

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import numpy.typing as npt

    from gilscope.analysis.lines import Lines
    from gilscope.analysis.sampling import Samples
    from gilscope.analysis.stretch import Queues, Stretch
    from gilscope.trace import PathTable, Readiness

    Ints = npt.NDArray[np.int64]

MAX_STALLS = 20

# A stall must last this many switch intervals to count. Even Python code that lets go at its next
# jump does so late: with several waiters CPython asks up to one more interval later, because the
# one whose timer expires began to wait during the hold before; and waking up takes its time.
SHORTEST_STALL_INTERVALS = 1.0
# Where the interval is very short, to wake up and to get a core takes longer than that. The longest
# of a program whose verdict is about stalls is at least as late as all are by the usual interval.
LEAST_LONGEST_S = 0.005
# What is left of a long one may be the error of that figure: the collector looks every 5 ms.
LEAST_OWN_SHARE = 0.1
# A program has few calls that matter and do not let go.
_FEW_PLACES = 3


class Stalls:
    """All stalls counted, the longest kept; by line the longest of each."""

    def __init__(
        self,
        switch_interval_ns: int,
        lines: Lines,
        sampled: PathTable,
        readiness: Readiness,
        most: int = MAX_STALLS,
    ) -> None:
        self.interval_ns = switch_interval_ns
        self.shortest_ns = max(1, round(switch_interval_ns * SHORTEST_STALL_INTERVALS))
        self.count = 0
        self.wait_ns = 0  # thread-nanoseconds waited in stalls
        # And in those that were late for so long with a core, whenever it was that they had none.
        self.late_wait_ns = 0
        self.stalled_ns = 0  # how long all stalls lasted
        self.coreless_ns = 0  # how long they, or what would be stalls, had no core
        self.coreless_wait_ns = 0  # thread-nanoseconds waited meanwhile
        self._places_ns: dict[int, int] = defaultdict(int)  # of that, by instruction
        self.longest_ns: dict[int, int] = defaultdict(int)  # by number of the line
        self._lines = lines
        self._paths = sampled
        self._readiness = readiness
        self._most = most  # so many are kept
        self._kept: list[tuple[int, StallRow]] = []

    def candidates(self, stretch: Stretch) -> npt.NDArray[np.bool_]:
        """Mark the holds that may be stalls: long, and somebody waited."""
        long_enough = stretch.hold_ns >= self.interval_ns + self.shortest_ns
        marked: npt.NDArray[np.bool_] = long_enough & (stretch.blame_ns > 0)
        return marked

    def add(
        self,
        gil: int,
        stretch: Stretch,
        site_path: Ints,
        samples: Samples,
        queues: Queues,
        name: Callable[[int], str],
    ) -> None:
        """Add the stalls of a stretch; `queues` must know the candidates."""
        hold, begin, stall_ns = self._find(stretch, queues)
        if not len(hold):
            return
        holds = stretch.holds
        self.count += len(hold)
        self.stalled_ns += int(stall_ns.sum())
        line, sampled = self._name(gil, stretch, site_path, samples, hold, begin, stall_ns)
        for number, longest in _longest(line, stall_ns):
            self.longest_ns[number] = max(self.longest_ns[number], longest)
        for at in np.argsort(-stall_ns, kind="stable")[: self._most].tolist():
            row = int(hold[at])
            kept = StallRow(
                start_s=int(holds.acquire_ns[row]) / 1e9,
                stall_s=int(stall_ns[at]) / 1e9,
                hold_s=int(stretch.hold_ns[row]) / 1e9,
                thread=name(int(holds.thread[row])),
                line=self._lines[int(line[at])],
                line_source=LineSource.SAMPLED if sampled[at] else LineSource.RELEASE,
                waiters=int(stretch.waiters[row] + stretch.joined[row]),
            )
            self._kept.append((int(stall_ns[at]), kept))
        self._kept.sort(key=lambda each: (-each[0], each[1].start_s))
        del self._kept[self._most :]

    def _find(self, stretch: Stretch, queues: Queues) -> tuple[Ints, Ints, Ints]:
        """Return the holds that were stalls, when each should have ended, and its stall in ns."""
        hold = np.flatnonzero(self.candidates(stretch))
        begin, end = queues.first(hold) + self.interval_ns, stretch.holds.release_ns
        is_long = end[hold] - begin >= self.shortest_ns
        hold, begin = hold[is_long], begin[is_long]
        whole_ns = end[hold] - begin
        coreless_ns, most_ns = self._coreless(stretch.holds.thread[hold], begin, end[hold])
        self.coreless_ns += int(coreless_ns.sum())
        stall_ns = whole_ns - coreless_ns
        wait_ns = queues.integral(hold, begin, end[hold])
        coreless_wait_ns = (wait_ns * (coreless_ns / whole_ns)).astype(np.int64)
        self.coreless_wait_ns += int(coreless_wait_ns.sum())
        own = stall_ns >= np.maximum(self.shortest_ns, LEAST_OWN_SHARE * coreless_ns)
        own_wait_ns = wait_ns - coreless_wait_ns
        self.wait_ns += int(own_wait_ns[own].sum())
        late = own & (whole_ns - most_ns >= LEAST_LONGEST_S * 1e9)
        self.late_wait_ns += int(own_wait_ns[late].sum())
        return hold[own], begin[own], stall_ns[own]

    def _coreless(self, thread: Ints, begin: Ints, end: Ints) -> tuple[Ints, Ints]:
        """Return for how long the thread of each hold had no core: likely, and at the most.

        0 where that is not known.
        """
        found, most = np.zeros((2, len(thread)), np.int64)
        for each in np.unique(thread).tolist():
            mine = thread == each
            before = self._readiness.until_ns(each, begin[mine])
            after = self._readiness.until_ns(each, end[mine])
            if before is not None and after is not None:
                found[mine] = np.clip(after - before, 0, (end - begin)[mine])
                at_most = self._readiness.at_most_ns(each, begin[mine], end[mine])
                most[mine] = found[mine] if at_most is None else at_most
        return found, most

    def rows(self, inside: Mapping[Line, Line | None]) -> tuple[StallRow, ...]:
        """Return the longest; `inside` tells what ran in the libraries that lines called."""
        return tuple(replace(row, inside=inside.get(row.line)) for _, row in self._kept)

    def concentration(self) -> float:
        """Return the share of stalled time, 0 to 1, that a few instructions account for."""
        most = sorted(self._places_ns.values(), reverse=True)[:_FEW_PLACES]
        total = sum(self._places_ns.values())
        return sum(most) / total if total else 1.0

    def longest_by_line(self) -> dict[Line, int]:
        return {self._lines[number]: longest for number, longest in self.longest_ns.items()}

    def _name(
        self,
        gil: int,
        stretch: Stretch,
        site_path: Ints,
        samples: Samples,
        hold: Ints,
        begin: Ints,
        stall_ns: Ints,
    ) -> tuple[Ints, npt.NDArray[np.bool_]]:
        """Return the line of each stall, and whether samples named it."""
        line = self._lines.numbers(gil, site_path[stretch.holds.site[hold]])
        at = np.full(len(stretch), -1, np.int64)
        at[hold] = np.arange(len(hold))
        stall = at[samples.hold]
        seen = stall >= 0
        seen[seen] = samples.time_ns[seen] >= begin[stall[seen]]
        sampled = np.zeros(len(hold), np.bool_)
        if seen.any():
            numbers = self._lines.numbers(SAMPLER_TABLE, samples.path[seen])
            key, counts = np.unique(stall[seen] * len(self._lines) + numbers, return_counts=True)
            # The line seen most often is assigned last.
            key = key[np.argsort(counts, kind="stable")]
            line[key // len(self._lines)] = key % len(self._lines)
            sampled[key // len(self._lines)] = True
            self._add_places(stall[seen], samples.path[seen], stall_ns)
        return line, sampled

    def _add_places(self, stall: Ints, path: Ints, stall_ns: Ints) -> None:
        """Note at which instruction each stall was last seen."""
        last = np.full(len(stall_ns), -1, np.int64)
        last[stall] = path
        seen = last >= 0
        instructions = self._paths.code[last[seen]] << 32 | self._paths.instruction[last[seen]] + 1
        for place, much in zip(instructions.tolist(), stall_ns[seen].tolist(), strict=True):
            self._places_ns[place] += much


def _longest(line: Ints, stall_ns: Ints) -> list[tuple[int, int]]:
    unique, inverse = np.unique(line, return_inverse=True)
    longest = np.zeros(len(unique), np.int64)
    np.maximum.at(longest, inverse, stall_ns)
    return list(zip(unique.tolist(), longest.tolist(), strict=True))
