"""Sub-interpreters, each with a GIL of its own, in threads of one process (PEP 684, PEP 734)."""

from __future__ import annotations

import sys
from concurrent import futures
from typing import TYPE_CHECKING, Any

from .executor import ExecutorStrategy

if TYPE_CHECKING:
    from . import Options

PICKLES = True
OLDEST = (3, 12)  # before it all interpreters of a process share one GIL
ADD = "--python 3.14: there a pool of sub-interpreters comes with Python"


def open_(workers: int, options: Options) -> ExecutorStrategy:  # noqa: ARG001 - as all strategies
    return ExecutorStrategy(_pool()(workers))


def _pool() -> Any:
    """The pool of 3.14 and later, or its backport from PyPI, interpreters-pep-734."""
    if sys.version_info < OLDEST:
        version = ".".join(map(str, sys.version_info[:2]))
        raise ModuleNotFoundError(f"in Python {version} all sub-interpreters share one GIL")
    pool = getattr(futures, "InterpreterPoolExecutor", None)
    if pool is None:
        from interpreters_backport.concurrent.futures import (  # noqa: PLC0415 - optional
            InterpreterPoolExecutor,
        )

        pool = InterpreterPoolExecutor
    return pool
