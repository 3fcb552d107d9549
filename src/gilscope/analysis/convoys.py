"""Threads that need the GIL for moments, and wait for those that keep it as long as they may."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gilscope.analysis.offrows import OffKind

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gilscope.analysis.model import ThreadRow

# A thread that comes back from blocking calls needs the GIL for moments; one that is cut off by
# the switch interval holds for about all of it. A fifth is far from both.
BRIEF_HOLD_INTERVALS = 0.2
# A convoy's wait is about one switch interval, from half of one on (the holder had begun before).
CONVOY_WAIT_INTERVALS = 0.5
# The remedy for a convoy helps only its victims: they must be the greater part of the waiting.
CONVOY_SHARE = 0.5
# Who comes back from a lock for most of the time is kept by those that had it, and takes turns with
# them: that is no blocking call that a convoy makes long.
MOST_FOR_LOCKS = 0.5


def convoy_victims(
    threads: Sequence[ThreadRow], wait_s: float, interval_s: float
) -> tuple[ThreadRow, ...]:
    """Return the threads that pay about a switch interval for every brief need of the GIL.

    `wait_s` is what all of them waited. Empty unless most of that is theirs, and others have the
    GIL: most of the time that it is held, and for as long as they are let. Brief needs of many
    threads can fill it, too.
    """
    brief = [row for row in threads if _is_brief(row, interval_s)]
    others = [row for row in threads if row.acquires and not _is_brief(row, interval_s)]
    victims = [row for row in brief if _mean_wait_s(row) >= CONVOY_WAIT_INTERVALS * interval_s]
    victims = [row for row in victims if not _comes_from_locks(row)]
    if not any(row.longest_hold_s >= CONVOY_WAIT_INTERVALS * interval_s for row in others):
        return ()
    if sum(row.wait_s for row in victims) < CONVOY_SHARE * wait_s:
        return ()
    if sum(row.hold_s for row in others) < sum(row.hold_s for row in brief):
        return ()
    return tuple(sorted(victims, key=lambda row: -row.wait_s))


def _is_brief(row: ThreadRow, interval_s: float) -> bool:
    """What a thread does while it is alone, importing for example, says nothing of its turns."""
    held_s, times = row.hold_s, row.acquires
    if row.waited_hold_s is not None and row.contended_acquires:
        held_s, times = row.waited_hold_s, row.contended_acquires
    return 0 < held_s < BRIEF_HOLD_INTERVALS * interval_s * times


def _comes_from_locks(row: ThreadRow) -> bool:
    """Whether it was mostly for locks of others that it was without the GIL."""
    waited = [each for each in row.blocked if each.kind is OffKind.LOCK and not each.is_for_signal]
    off_s = row.off_gil_s - row.handover_s
    return sum(each.off_s for each in waited) > MOST_FOR_LOCKS * off_s > 0


def _mean_wait_s(row: ThreadRow) -> float:
    return row.wait_s / row.contended_acquires if row.contended_acquires else 0.0
