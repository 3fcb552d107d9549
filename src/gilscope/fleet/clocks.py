"""When processes of several hosts began, by one clock; and how far that can be trusted.

Processes that share a monotonic clock are placed by it, exactly. The wall clock only says where
each of these clocks stands among the others: it was read when each process began, and the median of
these readings is taken.
"""

from __future__ import annotations

from collections import defaultdict
from statistics import median_low
from typing import TYPE_CHECKING

from gilscope.analysis.collection import Alignment, AlignmentKind, Clock

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gilscope.fleet.members import Member


def clock_of(member: Member) -> str:
    """Equal for processes whose monotonic clock is the same; those of one file share it."""
    return member.meta.host_clock or str(member.path)


def align(members: Sequence[Member]) -> tuple[list[int], Alignment]:
    """When each began, in ns since 1970; `host` of the members is not needed to be unique."""
    by_clock: dict[str, list[Member]] = defaultdict(list)
    for each in members:
        by_clock[clock_of(each)].append(each)
    zero_ns = {clock: median_low(map(_zero_ns, some)) for clock, some in by_clock.items()}
    starts = [zero_ns[clock_of(each)] + each.meta.start_monotonic_ns for each in members]
    return starts, _judged([_clock(some) for some in by_clock.values()])


def _zero_ns(member: Member) -> int:
    """The time of day at which its monotonic clock was zero."""
    return member.meta.start_unix_ns - member.meta.start_monotonic_ns


def _clock(members: Sequence[Member]) -> Clock:
    zeros = [_zero_ns(each) for each in members]
    errors = [each.meta.time_error_ns for each in members]
    known = [each for each in errors if each is not None]
    return Clock(
        hosts=tuple(sorted({each.meta.host for each in members})),
        processes=len(members),
        moved_s=(max(zeros) - min(zeros)) / 1e9,
        error_s=max(known) / 1e9 if len(known) == len(errors) else None,
    )


def _judged(clocks: list[Clock]) -> Alignment:
    if len(clocks) == 1:
        return Alignment(AlignmentKind.EXACT, 0.0, tuple(clocks))
    errors = [each.error_s for each in clocks if each.error_s is not None]
    if len(errors) < len(clocks):
        return Alignment(AlignmentKind.UNKNOWN, None, tuple(clocks))
    worst, second = sorted(errors, reverse=True)[:2]
    return Alignment(AlignmentKind.BOUNDED, worst + second, tuple(clocks))
