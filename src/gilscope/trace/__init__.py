"""Read a trace file: `load(path)` gives a `Trace` with columns, threads and call paths."""

from gilscope.trace.guarded import Guarded
from gilscope.trace.holds import HoldBlock
from gilscope.trace.layout import (
    GILLESS_TABLE,
    LOOK_OF_NO_GIL,
    SAMPLER_TABLE,
    SITE_TURNS,
    ChunkKind,
    LockFlags,
    LockResult,
    OpenState,
    SiteFlags,
    ThreadFlags,
)
from gilscope.trace.linetable import LineTable, Span, decode_linetable
from gilscope.trace.load import load
from gilscope.trace.locks import LockWaits
from gilscope.trace.meta import Meta
from gilscope.trace.paths import Frame, PathTable, SiteTable
from gilscope.trace.readiness import Readiness
from gilscope.trace.strangers import Reason, Stranger, Strangers
from gilscope.trace.threads import Thread
from gilscope.trace.totals import Totals
from gilscope.trace.trace import Gil, Trace, Waits
from gilscope.trace.window import TraceWindow, cut, cut_all

__all__ = [
    "GILLESS_TABLE",
    "LOOK_OF_NO_GIL",
    "SAMPLER_TABLE",
    "SITE_TURNS",
    "ChunkKind",
    "Frame",
    "Gil",
    "Guarded",
    "HoldBlock",
    "LineTable",
    "LockFlags",
    "LockResult",
    "LockWaits",
    "Meta",
    "OpenState",
    "PathTable",
    "Readiness",
    "Reason",
    "SiteFlags",
    "SiteTable",
    "Span",
    "Stranger",
    "Strangers",
    "Thread",
    "ThreadFlags",
    "Totals",
    "Trace",
    "TraceWindow",
    "Waits",
    "cut",
    "cut_all",
    "decode_linetable",
    "load",
]
