"""Steps of programs are numbered alike in Python, which may be without C, and in C."""

from __future__ import annotations

import pytest

from gilscope import _replay
from gilscope.predict import programs


@pytest.mark.parametrize("kind", ["HOLD", "STALL", "COMPUTE", "BLOCK", "POST", "AWAIT", "FETCH"])
def test_kinds_are_those_of_the_replay(kind: str) -> None:
    assert getattr(programs, kind) == getattr(_replay, kind)
    assert programs.HAS_REPLAY
