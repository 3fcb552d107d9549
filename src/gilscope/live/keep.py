"""Keep the last minute of a growing trace as a trace of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


def keep(trace: Path, output: Path, seconds: float) -> None:
    """TODO."""
