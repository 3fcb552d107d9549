"""How much of the waiting for the GIL is for what hands work on, to threads or to processes."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gilscope.analysis.model import BlameRow

# By these, work is put into queues and fetched from them, and threads are started and told things.
_TO_THREADS = (
    "concurrent/futures/thread.py",
    "concurrent/futures/_base.py",
    "multiprocessing/pool.py",
    "/queue.py",
    "/threading.py",
)
# By these, objects are pickled for other processes, and what those sent is read.
_TO_PROCESSES = (
    "multiprocessing/reduction.py",
    "multiprocessing/connection.py",
    "multiprocessing/queues.py",
    "multiprocessing/managers.py",
    "concurrent/futures/process.py",
)
# Of what made others wait: in processes, handing over takes several times as long.
LEAST_HANDING = 0.3


def handed_to_threads(blame: Sequence[BlameRow]) -> float:
    """Return the share of what made others wait that hands work from thread to thread."""
    return _share(blame, _TO_THREADS)


def hands_over(blame: Sequence[BlameRow]) -> bool:
    """Whether much of what threads wait for hands work on: they wait for each other then.

    Of what is known to have made others wait: now and then nobody has the GIL, until somebody who
    was told has woken up.
    """
    known = sum(row.fraction for row in blame)
    return handed_to_threads(blame) >= LEAST_HANDING * known > 0


def sent_to_processes(blame: Sequence[BlameRow]) -> float:
    """Return the share of what made others wait that pickles for processes, or reads from them."""
    return _share(blame, _TO_PROCESSES)


def _share(blame: Sequence[BlameRow], files: tuple[str, ...]) -> float:
    return sum(
        row.fraction
        for row in blame
        if (row.inside or row.line).file.replace("\\", "/").endswith(files)
    )
