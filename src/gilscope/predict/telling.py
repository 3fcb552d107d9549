"""Work that may have gone on until a thread told it to stop, which waited for the GIL before.

No trace says of a loop whether it had so much to do or was told to stop. Replayed, it does as much
as it did, and so the run seems to take as long without the GIL; in truth it would have been told
sooner. A loop that goes on long after the last of those who waited for it was not told to stop by
them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gilscope.analysis.model import Analysis, ThreadRow

LEAST_WAIT = 0.05  # of the run: to be told sooner by less saves less
GOES_ON = 0.1  # of the run: who goes on for longer goes on for something else
LEAST_SHARE = 0.01  # of a slice of the run, that a thread was seen to hold or wait in it


def may_be_told(analysis: Analysis) -> bool:
    """Whether some thread may have told another to stop, that it had waited for before."""
    wall_s = max(analysis.run.wall_s, 1e-9)
    victims = (row for row in analysis.threads if row.wait_s >= LEAST_WAIT * wall_s)
    return any(_may_tell(victim, analysis.threads) for victim in victims)


def _may_tell(victim: ThreadRow, threads: Sequence[ThreadRow]) -> bool:
    waited = _last(victim.timeline.waiting)
    if waited is None:  # it has no timeline
        return True
    goes_on = waited + GOES_ON * len(victim.timeline.waiting)
    return any(
        each.thread != victim.thread
        and _held_at(each, waited)
        and (_last(each.timeline.holding) or 0) < goes_on
        for each in threads
    )


def _held_at(row: ThreadRow, place: int) -> bool:
    return any(
        share >= LEAST_SHARE for share in row.timeline.holding[max(0, place - 1) : place + 1]
    )


def _last(shares: Sequence[float]) -> int | None:
    return next((i for i in reversed(range(len(shares))) if shares[i] >= LEAST_SHARE), None)
