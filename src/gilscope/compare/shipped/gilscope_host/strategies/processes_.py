"""A pool of processes, by start method: concurrent.futures.ProcessPoolExecutor."""

from __future__ import annotations

import multiprocessing
from concurrent.futures import ProcessPoolExecutor
from typing import TYPE_CHECKING

from .executor import ExecutorStrategy

if TYPE_CHECKING:
    from . import Options

PICKLES = True
ADD = ""


def open_(workers: int, options: Options) -> ExecutorStrategy:
    context = multiprocessing.get_context(options["strategy"].partition("-")[2])
    return ExecutorStrategy(ProcessPoolExecutor(workers, mp_context=context))
