"""What the Python and the machine are that an experiment runs on, and how busy others keep it."""

from __future__ import annotations

import sys
import sysconfig
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from gilscope.words.numbers import in_words

if TYPE_CHECKING:
    from collections.abc import Mapping

# Others that keep less of each core busy than this, or less altogether, do not disturb.
BUSY_SHARE, BUSY_CORES = 0.1, 0.2


@dataclass(frozen=True, slots=True)
class Load:
    """How many cores other programs kept busy, on average, while something was measured."""

    cores: int  # that we may use
    watched_s: float
    others_cores: float | None  # None where the kernel does not say

    @classmethod
    def of(cls, data: Mapping[str, Any]) -> Load:
        """From what `load.Watch` says."""
        return cls(data["cores"], data["watched_s"], data["others_cores"])

    @property
    def is_busy(self) -> bool:
        limit = max(BUSY_CORES, BUSY_SHARE * self.cores)
        return self.others_cores is not None and self.others_cores > limit

    @property
    def free_cores(self) -> float | None:
        return None if self.others_cores is None else self.cores - self.others_cores

    def seen(self) -> str:
        """A sentence on what others did meanwhile."""
        if self.others_cores is None:
            return f"{_there(self.cores)} How busy others kept {_it(self.cores)} is not known."
        if self.is_busy:
            return f"Meanwhile {self._others()}."
        return f"{_there(self.cores)} Other programs left {_it(self.cores)} almost idle meanwhile."

    def why_no_gain(self) -> str:
        """Why nothing ran at the same time, although no GIL was in the way."""
        if self.cores < 2:
            return "There is one core here, so only one of them could run at any time."
        if self.is_busy:
            return f"That may be the machine: {self._others()}. Try again when it is idle."
        if self.others_cores is None:
            return "How busy other programs kept the cores is not known here."
        return "Why is not known: the cores were free. A container may be allowed less of them."

    def _others(self) -> str:
        cores = "the one core" if self.cores == 1 else f"the {self.cores} cores"
        return f"other programs kept {self.others_cores:.1f} of {cores} busy"


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


def cores_in_words(number: int) -> str:
    return "one core" if number == 1 else f"{in_words(number)} cores"


def _there(number: int) -> str:
    return f"There {'is' if number == 1 else 'are'} {cores_in_words(number)} here."


def _it(number: int) -> str:
    return "it" if number == 1 else "them"
