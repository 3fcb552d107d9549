"""The rules of a replay, and why nothing is predicted."""

from __future__ import annotations

from enum import StrEnum


class Scenario(StrEnum):
    """The rules of a replay."""

    GIL = "gil"
    NO_GIL = "no-gil"


class Withheld(StrEnum):
    """The rules of a replay, and why nothing is predicted."""

    NO_HOLDS = "no-holds"  # no thread is known to have run Python code
    NO_GIL = "no-gil"  # there was none
    SEVERAL_GILS = "several-gils"
    NO_LOCKS = "no-locks"  # an older trace, which does not say who waited for whom
    ROWS_GONE = "rows-gone"  # --max-size
    BY_CLOCK = "by-clock"  # a thread works until some moment, however much it does until then
    STANDSTILL = "standstill"  # replayed, threads wait for each other for ever
    REPLAY_ERROR = "replay-error"
    NO_REPLAY = "no-replay"  # this gilscope was installed without what is written in C
