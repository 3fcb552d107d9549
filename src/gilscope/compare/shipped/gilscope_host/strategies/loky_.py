"""loky: a pool of processes that pickles more, and survives what breaks the standard one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .executor import ExecutorStrategy

if TYPE_CHECKING:
    from . import Options

PICKLES = True
ADD = "pip install 'gilscope[loky]'"


def open_(workers: int, options: Options) -> ExecutorStrategy:  # noqa: ARG001 - as all strategies
    from loky import ProcessPoolExecutor  # noqa: PLC0415 - optional

    return ExecutorStrategy(ProcessPoolExecutor(workers))
