"""What needs native code, which may not have been built."""

from __future__ import annotations

from gilscope.explore.engine.deadline.patience import Patience
from gilscope.explore.engine.unobserved import setting_up, unobserved
from gilscope.explore.explorer import Explorer
from gilscope.explore.replay import replay

__all__ = ["Explorer", "Patience", "replay", "setting_up", "unobserved"]
