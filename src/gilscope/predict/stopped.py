"""Threads that may have gone on until another one told them to stop: see told.py.

How much of what they did they would have done until they were told sooner, no trace says. At the
least, nothing.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from gilscope.predict.programs import BLOCK, POST

if TYPE_CHECKING:
    from gilscope.predict.programs import Programs
    from gilscope.predict.rebuild import Lives


def stopped_at_once(lives: Lives, programs: Programs) -> Programs:
    """Let those threads do nothing, and let nobody wait for them."""
    whose = np.repeat(np.arange(len(programs)), np.diff(programs.first))
    idle = lives.may_be_told[whose] & (programs.kind != POST)
    kind = np.where(idle, BLOCK, programs.kind).astype(np.uint8)
    return replace(programs, kind=kind, value=np.where(idle, 0, programs.value))
