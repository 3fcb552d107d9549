"""How the program of a prediction was started: what would test an advice runs it again."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gilscope.trace import Trace


@dataclass(frozen=True, slots=True)
class RecordedRun:
    """How the program was started (`argv`, the interpreter first), and when it ended (0: ?)."""

    argv: tuple[str, ...] = ()
    ended_unix_s: float = 0.0


def run_of(trace: Trace) -> RecordedRun:
    began_s = trace.meta.start_unix_ns / 1e9
    return RecordedRun(trace.meta.argv, began_s + trace.end_ns / 1e9 if began_s > 0 else 0.0)
