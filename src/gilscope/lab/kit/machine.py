"""What the Python and the machine are that an experiment runs on."""

from __future__ import annotations

import os
import sys
import sysconfig
import time
from pathlib import Path

from gilscope.compare.plan import cores
from gilscope.words.numbers import in_words


def has_gil() -> bool:
    """Tell whether this process runs with the GIL."""
    return bool(getattr(sys, "_is_gil_enabled", lambda: True)())


def has_interpreters() -> bool:
    """Tell whether `concurrent.futures` has a pool of sub-interpreters."""
    return sys.version_info >= (3, 14)


def python() -> str:
    """How this Python is named in texts, such as `Python 3.13t, with a GIL`."""
    version = f"Python {sys.version_info[0]}.{sys.version_info[1]}"
    if not sysconfig.get_config_var("Py_GIL_DISABLED"):
        return version
    return f"{version}t, {'with' if has_gil() else 'without'} a GIL"


def idle_cores(for_s: float = 0.3) -> float:
    """How many cores nobody uses right now: what other programs leave to an experiment."""
    before_s = _idle_s()
    time.sleep(for_s)
    return (_idle_s() - before_s) / for_s


def _idle_s() -> float:
    fields = Path("/proc/stat").read_text("ascii").split(maxsplit=6)
    return int(fields[4]) / os.sysconf("SC_CLK_TCK")  # `cpu  user nice system idle …`


def cores_in_words() -> str:
    number = cores()
    return "one core" if number == 1 else f"{in_words(number)} cores"
