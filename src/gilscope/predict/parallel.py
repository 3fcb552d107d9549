"""Replays beside each other: C code that needs no GIL, with programs that nobody changes."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

Outcome = TypeVar("Outcome")

MOST_THREADS = 4  # each has programs of its own in memory


def in_parallel(
    tasks: Sequence[Callable[[], Outcome]], progress: Callable[[float], None]
) -> list[Outcome]:
    """Return what each task returns, in their order; `progress` is told which part is done.

    What fails, or is interrupted, ends when those that have begun are done; others do not begin.
    """
    outcomes: list[Outcome] = []
    with ThreadPoolExecutor(min(MOST_THREADS, os.cpu_count() or 1)) as pool:
        futures = [pool.submit(task) for task in tasks]
        try:
            for future in futures:
                outcomes.append(future.result())
                progress(len(outcomes) / len(tasks))
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise
    return outcomes
