"""Look at a growing trace once an interval: what each of its processes did since the last look."""

from __future__ import annotations

from collections import defaultdict, deque
from typing import TYPE_CHECKING

from gilscope.analysis.processnames import process_names
from gilscope.live.process import Growing
from gilscope.live.slot import Slot, slot_of
from gilscope.trace import ChunkKind
from gilscope.trace.follow import Follower

if TYPE_CHECKING:
    from pathlib import Path

    from gilscope.trace.follow import News

# What is shown at most; older slots are forgotten.
KEPT_NS = 60_000_000_000
# Of what was in the file before the first look, so much is shown.
_FIRST_NS = 1_000_000_000
# A collector takes a moment to notice that somebody looks.
_PATIENCE_LOOKS = 3
# A slot that is shorter says nothing: the file has not got on.
_SHORTEST_NS = 1_000_000
_MOST_FINAL = 100  # that nobody has taken


class Watched:
    """One process, with the slots of the last minute.

    The newest slot is worked out again at the next look: what was going on at its end has come to
    more by then.
    """

    def __init__(self, number: int) -> None:
        self.growing = Growing(number)
        self.name = ""
        self._slots: deque[Slot] = deque()
        self._newest: Slot | None = None
        self._since_ns: int | None = None
        self._is_over = False
        self._looks = 0
        self._final: list[Slot] = []

    @property
    def slots(self) -> list[Slot]:
        """The slots of the last minute, oldest first."""
        return [*self._slots, *([self._newest] if self._newest else [])]

    def look(self, news: list[News]) -> None:
        process = self.growing
        process.take(news)
        if self._is_over:
            return
        self._looks += 1
        until_ns = process.now.time_ns
        if not process.is_now_known and self._newest is None and self._looks < _PATIENCE_LOOKS:
            return
        if self._since_ns is None:
            self._since_ns = max(0, until_ns - _FIRST_NS)
        if until_ns - self._since_ns >= _SHORTEST_NS:
            self._advance(self._since_ns, until_ns)
        self._is_over = process.ended
        if self._is_over and self._newest is not None:
            self._final.append(self._newest)

    def take_final(self) -> list[Slot]:
        """Return the slots that will not change any more, each once."""
        found, self._final = self._final, []
        return found

    def _advance(self, since_ns: int, until_ns: int) -> None:
        process, before = self.growing, self._newest
        if before is not None:
            self._slots.append(slot_of(process, before.since_ns, before.until_ns))
            self._final = [*self._final[-_MOST_FINAL:], self._slots[-1]]
        self._newest = slot_of(process, since_ns, until_ns)
        self._since_ns = until_ns
        process.forget(since_ns)
        while self._slots and self._slots[0].until_ns < until_ns - KEPT_NS:
            self._slots.popleft()
        self._forget_threads()

    def _forget_threads(self) -> None:
        """Forget threads of which nothing is shown any more: a server may start one per request."""
        since_ns = self.slots[0].since_ns
        gone = [
            number
            for number, thread in self.growing.threads.items()
            if thread.ended and thread.end_ns < since_ns
        ]
        for number in gone:
            self.growing.forget_thread(number)


class Watch:
    """A growing trace; `processes` in the order in which they joined the recording."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._follower = Follower(path)
        self._by_number: dict[int, Watched] = {}

    def close(self) -> None:
        self._follower.close()

    @property
    def processes(self) -> list[Watched]:
        return [self._by_number[number] for number in sorted(self._by_number)]

    @property
    def size_bytes(self) -> int:
        return self._follower.size_bytes

    @property
    def has_begun(self) -> bool:
        return bool(self._by_number)

    @property
    def ended(self) -> bool:
        """Whether there is a recording, and all of its processes have come to their end."""
        return self.has_begun and all(each.growing.ended for each in self.processes)

    def look(self) -> None:
        """Take in what is new."""
        news: dict[int, list[News]] = defaultdict(list)
        for each in self._follower.poll():
            if each.kind != ChunkKind.PROCESS:
                news[each.process].append(each)
        for number in news:
            if number not in self._by_number:
                self._by_number[number] = Watched(number)
        for number, watched in self._by_number.items():
            watched.look(news[number])
        names = process_names(_Named(each) for each in self.processes)
        for watched in self.processes:
            watched.name = names[watched.growing.number]


class _Named:
    """A process as `process_names` wants it."""

    def __init__(self, watched: Watched) -> None:
        self.process = watched.growing.number
        self.meta = watched.growing.meta
