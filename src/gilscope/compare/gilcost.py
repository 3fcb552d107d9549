"""What a recorded batch says about the GIL: why threads gained, or did not."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gilscope.compare.model import GilCost
from gilscope.words.places import Places

if TYPE_CHECKING:
    from pathlib import Path


def gil_cost(trace: Path) -> GilCost | None:
    """The figures of a trace; None for one that cannot be read, or where NumPy is missing."""
    try:
        # NumPy comes with them: nothing else of a comparison needs it.
        from gilscope.analysis import analyze  # noqa: PLC0415
        from gilscope.trace import load  # noqa: PLC0415

        analysis = analyze(load(trace))
    except (ModuleNotFoundError, OSError, ValueError):
        return None
    culprit = ""
    if analysis.blame:
        culprit = Places().of(analysis.blame[0].line)
    return GilCost(
        wait_s=analysis.gil.wait_s,
        contended_fraction=analysis.gil.contended_fraction,
        held_fraction=analysis.gil.held_fraction,
        culprit=culprit,
        verdict=analysis.verdict.kind.value,
    )
