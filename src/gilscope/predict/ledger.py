"""What is left at one lock, and found there: the books of permits, items, flags and results."""

from __future__ import annotations

from collections import defaultdict, deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from gilscope.predict.roles import Kind, Role

if TYPE_CHECKING:
    from collections.abc import Iterable

    import numpy.typing as npt


NO_WAIT, UNTOLD = -1, -2  # it did not wait; or nobody ended that


@dataclass(frozen=True, slots=True)
class Entry:
    """One thread was there. `wait`: the wait that it had to make then; or NO_WAIT, or UNTOLD.

    `again`: those that it made afterwards, since another one had been quicker.
    `is_asked`: it goes on in any case. `state`: see `gilscope.trace.guarded.Guarded`.
    """

    thread: int
    at_ns: int
    path: int
    role: Role
    state: int
    wait: int = NO_WAIT
    again: tuple[int, ...] = ()
    is_asked: bool = False

    @property
    def is_blocked(self) -> bool:
        return self.wait != NO_WAIT


@dataclass(frozen=True, slots=True)
class Finding:
    """`entry` found what `giver` had left; None: it was there from the beginning, or had to come.

    `stream`: what is taken once, by whoever comes first; empty: what all find.
    """

    entry: Entry
    giver: Entry | None
    stream: str = ""


_Left = deque["Entry | None"]  # what is there; None: from before, or by nobody


@dataclass(slots=True)
class Ledger:
    """What was done at one lock, in the order of time; `given`: what there was at first."""

    findings: list[Finding] = field(default_factory=list)
    gifts: list[tuple[Entry, str]] = field(default_factory=list)  # of streams
    workers: int = 0  # that an executor may have; 0: it is none, or that is not known
    given: defaultdict[str, int] = field(default_factory=lambda: defaultdict(int))
    _left: defaultdict[str, _Left] = field(default_factory=lambda: defaultdict(deque))
    _waiting: defaultdict[str, int] = field(default_factory=lambda: defaultdict(int))
    _has_room: bool = False  # how much room there was at first is known
    _last: Entry | None = None

    @classmethod
    def of(cls, entries: Iterable[Entry]) -> Ledger:
        told = list(entries)
        clears = any(each.role.clears for each in told)
        streams = {each.role.gives for each in told if each.role.kind is Kind.TOKENS}
        ledger = cls()
        for entry in told:
            if entry.role.kind is Kind.MEETING:
                ledger._find(entry, ledger._last, is_sure=True)
            elif entry.role.kind is Kind.TOKENS or entry.role.takes in streams:
                ledger._of_tokens(entry)
            else:
                ledger._of_state(entry, clears=clears)
            ledger._last = entry
        return ledger

    def streams(self) -> set[str]:
        """Return those of which something was taken."""
        return {each.stream for each in self.findings if each.stream}

    def given_ns(self, stream: str) -> npt.NDArray[np.int64]:
        return np.array([each.at_ns for each, given in self.gifts if given == stream], np.int64)

    def _find(self, entry: Entry, giver: Entry | None, *, is_sure: bool = False) -> None:
        goes_on = entry.is_blocked or entry.is_asked
        if giver is not None and (is_sure or not goes_on):
            self.findings.append(Finding(entry, giver))

    def _of_state(self, entry: Entry, *, clears: bool) -> None:
        """All find what was left first; what is cleared at times, is for all that came before."""
        role = entry.role
        left = self._left[role.takes or role.gives]
        if role.takes and left:
            self._find(entry, left[0] if role.takes == "flag" and not clears else left[-1])
        if role.clears:
            self._left.clear()
        if role.gives:
            left.append(entry)

    def _of_tokens(self, entry: Entry) -> None:
        role = entry.role
        if role.counts and entry.state >= 0:
            self._set_count(role.takes or role.gives, entry.state)
        if role.room and not self._has_room and entry.state > 0:
            self._has_room = True
            self._left[role.takes].extendleft([None] * entry.state)
            self.given[role.takes] += entry.state
        if role.takes and not (role.room and entry.state <= 0):
            self._take(entry, role.takes)
        if role.gives:
            self._give(entry, role.gives)

    def _take(self, entry: Entry, stream: str) -> None:
        left = self._left[stream]
        if entry.wait == UNTOLD:
            return
        if entry.is_blocked:
            self._waiting[stream] += 1
            self.findings.append(Finding(entry, None, stream))
        elif left:
            self.findings.append(Finding(entry, left.popleft(), stream))
        elif not entry.is_asked:  # who asks may have found nothing
            self.given[stream] += 1
            self.findings.append(Finding(entry, None, stream))

    def _give(self, entry: Entry, stream: str) -> None:
        self.gifts.append((entry, stream))
        self._left[stream].append(entry)
        if self._waiting[stream] and not entry.role.counts:  # else the next count tells
            self._waiting[stream] -= 1
            self._left[stream].popleft()

    def _set_count(self, stream: str, count: int) -> None:
        """What nobody is known to have left was there first, but for several left at once."""
        left = self._left[stream]
        by = self._last if self._last is not None and self._last.role.gives else None
        while len(left) < count:
            if by is None:
                self.given[stream] += 1
                left.appendleft(None)
            else:
                self.gifts.append((by, stream))
                left.append(by)
        while len(left) > count:
            gone = left.popleft()
            if self._waiting[stream]:
                self._waiting[stream] -= 1
            elif gone is None:
                self.given[stream] -= 1
            else:
                self.gifts.remove((gone, stream))
