"""Closes the one end of a pipe while it records itself, and waits for the other to notice:
closes_pipe.py FOLDER [subreaper].
"""

import ctypes
import os
import select
import sys
from pathlib import Path

from _truth import tell

import gilscope
from gilscope import _recorder

if "subreaper" in sys.argv:
    assert ctypes.CDLL(None).prctl(36, 1, 0, 0, 0) == 0  # PR_SET_CHILD_SUBREAPER
reader, writer = os.pipe()
with gilscope.record(Path(sys.argv[1]) / "t.gil"):
    os.close(writer)
    ended = bool(select.select([reader], [], [], 10)[0]) and os.read(reader, 1) == b""
    tell(recording=_recorder.is_recording(), ended=ended)
