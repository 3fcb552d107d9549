"""What a verdict is made of: tables of the analysis, and sums over what they do not show."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gilscope.analysis.model import (
        GilTotals,
        Line,
        LoopBlocks,
        OtherProgram,
        Run,
        Spin,
        StallRow,
        ThreadRow,
        WithoutGil,
    )
    from gilscope.analysis.stuck import Hang


@dataclass(frozen=True, slots=True)
class Measured:
    """See `judge` in verdict.py."""

    run: Run
    gil: GilTotals
    threads: tuple[ThreadRow, ...]
    stalls: tuple[StallRow, ...]
    stall_count: int
    rows_wait_s: float  # thread-seconds waited, in the part of the run that rows are kept of
    stall_wait_s: float  # thread-seconds waited in stalls
    late_wait_s: float  # and in those that certainly lasted LEAST_LONGEST_S, with a core
    stalled_s: float  # how long all stalls lasted
    coreless_s: float | None  # see Facts
    coreless_wait_s: float  # thread-seconds waited meanwhile
    stall_concentration: float  # the share of that, 0 to 1, which the worst few places account for
    task: tuple[Line, ...]  # see Facts
    loop_wait_s: Mapping[int, float]  # by thread: waited by asyncio's event loop while it served
    loop: LoopBlocks
    spin: Spin | None  # see Facts
    others: tuple[OtherProgram, ...]  # see Facts
    hang: Hang
    gc_wait_s: float  # thread-seconds waited while the cyclic collector was at work
    without_gil: WithoutGil | None  # None: it began with one
