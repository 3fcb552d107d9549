"""The waits that are the user's: those of the threads that serve a notebook cost a cell nothing."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gilscope.trace import HoldBlock, Trace
    from gilscope.trace.rows import Named


def kernels_threads(trace: Named) -> list[int]:
    """Number the threads with which a kernel serves its notebook; none elsewhere."""
    return [number for number, each in trace.threads.items() if each.of_kernel]


def own_holds(trace: Trace, gil: int, **how: Any) -> Iterator[HoldBlock]:
    """Stream holds as `Trace.hold_blocks` does; those of the kernel's threads begin unwaited.

    What these hold is kept: it may keep the user's threads waiting.
    """
    kernels = kernels_threads(trace)
    for block in trace.hold_blocks(gil, **how):
        if not kernels:
            yield block
            continue
        theirs = np.isin(block.thread, kernels)
        yield replace(block, request_ns=np.where(theirs, block.acquire_ns, block.request_ns))
