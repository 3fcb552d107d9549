"""What works on this machine, found by trying it, and what to do about the rest."""

from __future__ import annotations

import platform
import sys
import threading
from typing import TYPE_CHECKING

from gilscope.doctor import attaching, interpreters, machine, packages, place, recording
from gilscope.doctor.model import Check, Diagnosis, Outcome

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["GROUPS", "Check", "Diagnosis", "Outcome", "diagnose"]

NEEDED = "recording"
# Each with what it is called while it is tried.
GROUPS: dict[str, Callable[[], list[Check]]] = {
    NEEDED: recording.checks,
    "attaching": attaching.checks,
    "machine": machine.checks,
    "interpreters": interpreters.checks,
    "packages": packages.checks,
    "folders": place.checks,
}
# More than all that one group tries takes, with the patience of each: it hangs, on a dead network
# file system for one.
PATIENCE_S = 300.0


def diagnose(
    progress: Callable[[str], None] = lambda _: None, patience_s: float = PATIENCE_S
) -> Diagnosis:
    """Try everything, one thing after another, and say what came of it.

    `progress` is called with the name of each group before it is tried. Nothing is left behind.
    """
    found: list[Check] = []
    for name, group in GROUPS.items():
        progress(name)
        found += _in_time(name, group, patience_s)
    return Diagnosis(_version(), platform.python_version(), platform.platform(), tuple(found))


def _in_time(name: str, group: Callable[[], list[Check]], patience_s: float) -> list[Check]:
    """What a group found; or that it failed itself, or is stuck, which harms no other."""
    answer: list[Check] = []

    def work() -> None:
        try:
            answer.extend(group())
        except Exception as error:  # noqa: BLE001 - a check that fails is an answer, too
            answer[:] = [_unknown(name, f"the check failed: {type(error).__name__}: {error}")]

    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    thread.join(patience_s)
    if thread.is_alive():
        return [_unknown(name, f"the checks took longer than {patience_s:.0f} s")]
    return answer


def _unknown(name: str, found: str) -> Check:
    """That recording works is never said unless it did."""
    outcome = Outcome.FAILS if name == NEEDED else Outcome.LACKS
    return Check(name, outcome, found, "what it would say is not known")


def _version() -> str:
    from importlib.metadata import PackageNotFoundError, version  # noqa: PLC0415 - slow to import

    try:
        return version("gilscope")
    except PackageNotFoundError:
        return f"(not installed for {sys.executable})"
