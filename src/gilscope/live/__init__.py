"""What a program that is being recorded does right now, from what is new in its trace.

`Watch(path).look()` once an interval: what each process did since the last look, as the report
would say of the same stretch of the run. It costs the same however long the program has run.
"""

from gilscope.live.keep import keep
from gilscope.live.summary import (
    LiveGil,
    LiveNow,
    LiveProcess,
    LiveThread,
    NowState,
    Share,
    summary_of,
    summary_of_slots,
)
from gilscope.live.watch import Watch

__all__ = [
    "LiveGil",
    "LiveNow",
    "LiveProcess",
    "LiveThread",
    "NowState",
    "Share",
    "Watch",
    "keep",
    "summary_of",
    "summary_of_slots",
]
