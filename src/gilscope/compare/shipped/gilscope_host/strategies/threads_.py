"""A pool of threads in one process: concurrent.futures.ThreadPoolExecutor."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from .executor import ExecutorStrategy

if TYPE_CHECKING:
    from . import Options

PICKLES = False
ADD = ""


def open_(workers: int, options: Options) -> ExecutorStrategy:  # noqa: ARG001 - as all strategies
    return ExecutorStrategy(ThreadPoolExecutor(workers, thread_name_prefix="worker"))
