"""What turned the GIL of a free-threaded Python on, in words, and what to do about it."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gilscope.analysis.model import Run

BUILT = "this Python can run without a GIL, but"


def who_turned_it_on(run: Run) -> str:
    """Say so where that is known; empty otherwise."""
    if run.gil_enabled_by:
        return (
            f"{BUILT} the extension module `{run.gil_enabled_by}`, which does not declare that it"
            " works without one, turned the GIL on"
        )
    if run.gil_forced:
        return f"{BUILT} `PYTHON_GIL=1` or `-X gil=1` turned the GIL on"
    return ""


def advice_without_gil(run: Run) -> str:
    """How the same threads would run without a GIL."""
    if not run.free_threaded:
        return "A free-threaded Python (such as python3.14t) runs such threads in parallel."
    cause = who_turned_it_on(run)
    if not cause and not run.gil_enabled and run.gil_enabled_at_end is False:
        return (
            "This Python ran without a GIL, but for moments: it is on while an extension module is"
            " imported for the first time. Import such modules before the threads start."
        )
    if not cause:
        return (
            f"{_sentence(BUILT)} `PYTHON_GIL=1`, `-X gil=1` or an extension module that needs the"
            " GIL turned it on. Without it, such threads run in parallel."
        )
    return f"{_sentence(cause)}. {way_back(run)}, and such threads run in parallel."


def way_back(run: Run) -> str:
    """What has to change so that the GIL stays off; it ends without a full stop."""
    if not run.gil_enabled_by:
        return "Start it without that"
    module = run.gil_enabled_by
    return (
        f"Use a release of `{module}` that supports free threading, or do without it"
        " (`PYTHON_GIL=0` overrides the module at your own risk)"
    )


def _sentence(words: str) -> str:
    return words[0].upper() + words[1:]
