"""What would help: the run as recorded, with its GIL, but for one change."""

from __future__ import annotations

import operator
from collections import defaultdict
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import partial, reduce
from typing import TYPE_CHECKING

import numpy as np

from gilscope.analysis.lines import Lines
from gilscope.predict.changed import released, shortened, unlocked
from gilscope.predict.parallel import in_parallel
from gilscope.predict.programs import Rules, wall_ns
from gilscope.predict.shares import Shares

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import numpy.typing as npt

    from gilscope.analysis.model import Line
    from gilscope.predict.programs import Programs
    from gilscope.predict.rebuild import Lives
    from gilscope.predict.shares import Part
    from gilscope.trace import Trace

    Floats = npt.NDArray[np.float64]

MOST_LINES = 10
LEAST_SHARE = 0.01  # of all holding: speeding up what takes less changes nothing
MOST_STEPS = 40_000_000  # replayed for this, in all: some ten seconds
REPLAYS_OF_A_LINE = 9
LEAST_GAIN = 0.01  # what cannot gain more is not listed
INTERVALS = (0.1, 10)  # of the switch interval as it was, as things to try


class Change(StrEnum):
    """What would be different."""

    NO_TIME = "no-time"  # a line takes none
    HALF_TIME = "half-time"
    RELEASE_GIL = "release-gil"  # while the line runs
    SWITCH_INTERVAL = "switch-interval"
    NO_LOCK = "no-lock"  # nobody has to wait for it


@dataclass(frozen=True, slots=True)
class Help:
    """How much sooner the run would end, as a part of its time: less than 0 if it ended later.

    `line` is the one that is changed, or that waits longest for the lock; its `line` is 0 if all of
    its function is changed; None: no line.
    `gain` lies between `low` and `high`. Whose time it was is sampled, where others waited; `low`
    is without what is only inferred. The error of the replay is in both.
    """

    change: Change
    line: Line | None
    gain: float
    low: float
    high: float
    switch_interval_ns: int | None = None


def as_it_was(trace: Trace, lives: Lives) -> Rules:
    """Return the rules under which the recording was made: those of its GIL."""
    return Rules(
        gil=True,
        switch_interval_ns=trace.meta.switch_interval_ns,
        handover_ns=lives.recorded.median_handover_ns,
    )


@dataclass(frozen=True, slots=True)
class Basis:
    """The replay with the GIL that changes are measured against: it took `wall_ns`."""

    lives: Lives
    rules: Rules
    wall_ns: int
    tail_ns: int  # what passed in the recording after the last step of a thread
    replay_error: float

    def gain_of(self, programs: Programs, rules: Rules | None = None) -> float:
        """Return what would be saved, of all; nothing where threads would wait for ever."""
        changed_ns = wall_ns(programs, rules or self.rules)
        if changed_ns is None:
            return 0.0
        return (self.wall_ns - changed_ns) / max(1, self.wall_ns + self.tail_ns)


def what_helps(
    trace: Trace, basis: Basis, progress: Callable[[float], None] = lambda _: None
) -> tuple[Help, ...]:
    """Return all changes that would make the run shorter, what helps most first."""
    found = [*_lines(trace, basis, progress), *_intervals(basis), *_locks(trace, basis)]
    worth = [each for each in found if each.gain >= LEAST_GAIN and each.low > 0]
    return tuple(sorted(worth, key=lambda each: -each.gain))


def _lines(trace: Trace, basis: Basis, progress: Callable[[float], None]) -> list[Help]:
    def no_time(share: Floats) -> Programs:
        return shortened(basis.lives, share)

    def half_time(share: Floats) -> Programs:
        return shortened(basis.lives, share / 2)

    tasks: list[Callable[[], Help]] = []
    for line, part in _costly(trace, basis.lives):
        tasks += [
            partial(_tried, basis, Change.NO_TIME, line, part, no_time),
            partial(_tried, basis, Change.HALF_TIME, line, part, half_time),
            partial(_released, trace, basis, line, part),
        ]
    return in_parallel(tasks, progress)


def _costly(trace: Trace, lives: Lives) -> Iterator[tuple[Line, Part]]:
    """Lines, and functions of several lines, that held the GIL for long."""
    affordable = MOST_STEPS // (REPLAYS_OF_A_LINE * max(1, len(lives.programs.kind)))
    shares = Shares(trace, lives.recorded)
    found: dict[Line, list[Part]] = defaultdict(list)
    for line in shares.costliest(max(1, min(MOST_LINES, affordable)), LEAST_SHARE):
        part = shares.of(line)
        found[replace(line, line=0)].append(part)
        yield line, part
    for function, parts in found.items():
        if len(parts) > 1 and function.file:
            yield function, reduce(operator.add, parts)


def _tried(
    basis: Basis, change: Change, line: Line, part: Part, made: Callable[[Floats], Programs]
) -> Help:
    gains = [basis.gain_of(made(each)) for each in (part.likely, part.least, part.most)]
    return _between(basis, Help(change, line, gains[0], min(gains), max(gains)))


def _released(trace: Trace, basis: Basis, line: Line, part: Part) -> Help:
    """What runs without the GIL needs a core: those of the machine, or at the most one each."""
    own = replace(basis.rules, cores=trace.meta.cpu_count or None)
    gains = []
    for share in (part.likely, part.least, part.most):
        changed = released(basis.lives, share)
        gains += [basis.gain_of(changed, own), basis.gain_of(changed)]
    return _between(basis, Help(Change.RELEASE_GIL, line, gains[0], min(gains), max(gains)))


def _intervals(basis: Basis) -> Iterator[Help]:
    for factor in INTERVALS:
        interval_ns = round(basis.rules.switch_interval_ns * factor)
        rules = replace(basis.rules, switch_interval_ns=interval_ns)
        gain = basis.gain_of(basis.lives.programs, rules)
        tried = Help(Change.SWITCH_INTERVAL, None, gain, gain, gain, interval_ns)
        yield _between(basis, tried)


def _locks(trace: Trace, basis: Basis) -> Iterator[Help]:
    """Each lock that threads waited for in their own code or a library's, not for a purpose."""
    waits, lines, candidate = basis.lives.waits, Lines(trace), basis.lives.for_locks
    for lock in np.unique(waits.lock[candidate]).tolist():
        of_lock = candidate & (waits.lock == lock)
        wait_ns = np.where(of_lock, waits.wait_ns, 0)
        if int(wait_ns.sum()) < LEAST_GAIN * basis.wall_ns:
            continue
        gain = basis.gain_of(unlocked(basis.lives, of_lock))
        longest = int(wait_ns.argmax())
        line = lines[lines.number(int(waits.table[longest]), int(waits.path[longest]))]
        yield _between(basis, Help(Change.NO_LOCK, line, gain, gain, gain))


def _between(basis: Basis, tried: Help) -> Help:
    error = abs(basis.replay_error)
    return replace(tried, low=tried.low - error, high=min(1.0, tried.high + error))
