"""Random bytes of an explored program: the same in each execution, in whatever order threads ask.

Functions of the operating system's source are called by `uuid`, `secrets`, `random.SystemRandom`
and `os.urandom` itself. Calls of them by explored code are replaced, as those of clocks are.
"""

from __future__ import annotations

import hashlib
import importlib
import os
import random
import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    from gilscope.explore.engine.execution import Execution

URANDOM, GETRANDOM, UUID1 = 16, 17, 18  # kinds of stand-ins; those of clocks begin with 1
UUID_SIZE = 16


def _uuid_of_time() -> object:
    """The function in C behind `uuid.uuid1`, where there is one."""
    try:
        return getattr(importlib.import_module("_uuid"), "generate_time_safe", None)
    except ImportError:
        return None


REAL: dict[int, object] = {
    URANDOM: os.urandom,
    GETRANDOM: getattr(os, "getrandom", None),
    UUID1: _uuid_of_time(),
}


class Chance:
    """Use `begin` before each execution."""

    def __init__(self) -> None:
        self.was_asked = False
        self._execution: Execution | None = None
        self._is_told: Callable[[int], None] = _nobody
        self._asked: dict[int, int] = {}  # how often, by thread

    def begin(self, execution: Execution, is_told: Callable[[int], None]) -> None:
        """`is_told` hears of each thread that is told what no other is."""
        self._execution = execution
        self._is_told = is_told
        self._asked = {}
        _seed_shared_random()
        _seed_names_of_files()

    def stand_ins(self) -> dict[int, Callable[..., Any]]:
        return {
            URANDOM: self._bytes,
            GETRANDOM: self._bytes,
            UUID1: self._uuid_of_time,
        }

    def _bytes(self, size: int, flags: int = 0) -> bytes:
        del flags
        self.was_asked = True
        thread = self._execution.running if self._execution is not None else 0
        if self._execution is not None:
            self._is_told(thread)
        asked = self._asked[thread] = self._asked.get(thread, 0) + 1
        # In C: no code that is explored runs.
        return hashlib.shake_128(f"{thread} {asked}".encode()).digest(size)

    def _uuid_of_time(self) -> tuple[bytes, None]:
        """Version 1, variant of RFC 4122; not known to be safe across processes."""
        found = bytearray(self._bytes(UUID_SIZE))
        found[6] = 0x10 | found[6] & 0x0F
        found[8] = 0x80 | found[8] & 0x3F
        return bytes(found), None


def _nobody(thread: int) -> None:
    """Before the first execution."""


def kind_of(called: object) -> int | None:
    """The kind of stand-in for a function, if it has one."""
    return next((kind for kind, real in REAL.items() if real is called), None)


def _seed_shared_random() -> None:
    """As `random.seed(0)` does it, which looks at the type of the seed first."""
    _seed(random._inst, 0)  # noqa: SLF001


def _seed(source: Any, seed: int) -> None:
    super(random.Random, source).seed(seed)
    source.gauss_next = None


_of_file_names = random.Random()  # noqa: S311 # no secret: other processes must choose others


def _seed_names_of_files() -> None:
    """Names of temporary files, which are kept from execution to execution otherwise."""
    tempfile: Any = sys.modules.get("tempfile")
    if tempfile is None:
        return
    names = tempfile._RandomNameSequence()  # noqa: SLF001
    process = os.getpid()
    _seed(_of_file_names, process)
    names._rng = _of_file_names  # noqa: SLF001
    names._rng_pid = process  # noqa: SLF001
    tempfile._name_sequence = names  # noqa: SLF001
