"""Many traces in one report: how well their times fit together, and what is not in it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gilscope.analysis.collection import AlignmentKind
from gilscope.words import numbers

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from gilscope.analysis.collection import Alignment, Collection

MOST_NAMES = 3
MOVED_S = 0.01  # less is how a wall clock is slewed, and how long two readings take


def summary(collection: Collection) -> str:
    """Which traces these are, and how their times compare."""
    traces = numbers.counted(collection.files, "trace")
    hosts = numbers.counted(len(collection.hosts), "host")
    return f"{traces} from {hosts}, {_aligned(collection.alignment)}"


def _aligned(alignment: Alignment) -> str:
    if alignment.kind is AlignmentKind.EXACT:
        return "aligned exactly: one monotonic clock timed them all"
    if alignment.error_s is not None:
        within = numbers.seconds(alignment.error_s)
        return f"aligned by wall clocks to within {within}, according to their kernels"
    unset = sorted(
        {host for each in alignment.clocks if each.error_s is None for host in each.hosts}
    )
    known = f": no time service is known to set that of {_some(unset)}" if any(unset) else ""
    return f"aligned by wall clocks, nobody knows how well{known}"


def gaps(collection: Collection) -> Iterator[str]:
    """What a reader must know that the traces themselves do not say."""
    if collection.unread:
        count = numbers.counted(len(collection.unread), "file was", "files were")
        reasons = _some(each.reason for each in collection.unread)
        them = "it" if len(collection.unread) == 1 else "them"
        yield f"{count} not read, so this report lacks what is in {them}: {reasons}"
    if collection.incomplete:
        count = numbers.counted(len(collection.incomplete), "trace is", "traces are")
        yield f"{count} not complete, or still being written: {_some(collection.incomplete)}"
    for each in collection.alignment.clocks:
        if each.moved_s >= MOVED_S and len(collection.alignment.clocks) > 1:
            moved = numbers.seconds(each.moved_s)
            yield f"the wall clock of {_some(each.hosts)} was set meanwhile, by {moved}"


def _some(names: Iterable[str]) -> str:
    listed = [each or "an unknown host" for each in names]
    rest = len(listed) - MOST_NAMES
    more = f" and {numbers.whole(rest)} more" if rest > 0 else ""
    return ", ".join(listed[:MOST_NAMES]) + more
