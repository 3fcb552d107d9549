"""Prepare what comes next while the present is worked on."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gilscope.analysis.stretch import Stretch


def ahead(parts: Iterator[Stretch]) -> Iterator[Stretch]:
    """Prepare the next part while this one is worked on: reading and NumPy let go of the GIL."""
    with ThreadPoolExecutor(1, "gilscope-read") as pool:
        coming = pool.submit(next, parts, None)
        while (part := coming.result()) is not None:
            coming = pool.submit(next, parts, None)
            yield part
