"""Threads that take longer to hand work to each other than to do it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gilscope.words.numbers import percent

if TYPE_CHECKING:
    from gilscope.analysis.model import Analysis, BlameRow

# By these, work is put into queues and fetched from them, and threads are started and told things.
_FILES = (
    "concurrent/futures/thread.py",
    "concurrent/futures/_base.py",
    "multiprocessing/pool.py",
    "/queue.py",
    "/threading.py",
)
LEAST = 0.3  # of what made others wait: in processes, handing over takes several times as long


def larger_tasks(analysis: Analysis) -> str | None:
    """Advise to hand over more work at a time, where that is what threads wait for."""
    share = sum(row.fraction for row in analysis.blame if _hands_over(row))
    if share < LEAST:
        return None
    return (
        f"{percent(share)} of the waiting is for what hands work from thread to thread, not for the"
        " work: give each task more to do (many items at a time), or do small ones without a pool."
    )


def _hands_over(row: BlameRow) -> bool:
    return (row.inside or row.line).file.replace("\\", "/").endswith(_FILES)
