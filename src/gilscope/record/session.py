"""Record a part of this process: `with gilscope.record("x.gil"):`, or as a decorator."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from types import TracebackType
from typing import ParamSpec, Self, TypeVar

from gilscope.errors import GilscopeError
from gilscope.record.quiet import say
from gilscope.record.resources import DEFAULT_SAMPLE_HZ, check_recorder, collector_path, resources
from gilscope.showing import Shown

P = ParamSpec("P")
R = TypeVar("R")

_lock = threading.Lock()  # one recording at a time


class record(Shown):  # noqa: N801 - used like a function, as contextlib's own context managers are
    """Record every hold of the GIL, and every wait for it, of this process.

    Args:
        path: the trace file, which is created.
        overwrite: replace the file if it exists; otherwise that is an error.
        sample_hz: how many times a second to sample which line runs while others wait; 0 is never.
        max_size_bytes: keep the file below this: old holds make room for new ones; 0: no limit.

    The recording begins on entering the `with` block, or on each call of the decorated function,
    and ends on leaving it. Other threads are recorded, too, whatever code they are in. A child made
    by `os.fork` is not; `gilscope run` records such children.

    Raises:
        GilscopeError: recording could not begin. Nothing is raised once it has begun: whatever
            happens to the file, the program goes on.
    """

    def __init__(
        self,
        path: str | os.PathLike[str],
        *,
        overwrite: bool = False,
        sample_hz: float = DEFAULT_SAMPLE_HZ,
        max_size_bytes: int = 0,
    ) -> None:
        self.path = Path(path)
        self._overwrite = overwrite
        self._sample_hz = float(sample_hz)
        self._max_size_bytes = max_size_bytes
        self._pid = 0
        self._cell = ""  # of a notebook
        self.has_recorded = False

    def __enter__(self) -> Self:
        with _lock:
            try:
                self._begin()
            except FileExistsError as error:
                raise GilscopeError(
                    f"{self.path} exists", "choose another name, or pass overwrite=True"
                ) from error
            except (ImportError, OSError, RuntimeError) as error:
                raise GilscopeError(f"cannot record to {self.path}: {error}") from error
            self._pid = os.getpid()
        if "IPython" in sys.modules:
            self._note_cell()
        return self

    def _note_cell(self) -> None:
        from gilscope.cells import running_cell

        self._cell = running_cell()

    @property
    def is_recording(self) -> bool:
        """Whether it has begun, and not ended."""
        return self._pid == os.getpid()

    def _begin(self) -> None:
        check_recorder()
        from gilscope import _recorder

        if _recorder.is_recording():
            raise GilscopeError(
                "this process is being recorded already", "end that recording first"
            )
        made = resources(
            self.path,
            overwrite=self._overwrite,
            sample_hz=self._sample_hz,
            max_size_bytes=self._max_size_bytes,
        )
        with made as (trace, arena):
            executable = collector_path()
            try:
                _recorder.start_collector(executable, arena.descriptor, trace.descriptor)
            except RuntimeError as error:
                raise GilscopeError(f"cannot start {executable}: {error}") from error
            _recorder.begin(arena.descriptor)
        trace.close()
        arena.close()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        from gilscope import _recorder

        if self._pid != os.getpid():  # a forked child leaves the block, too: it never was recorded
            return
        with _lock:
            self._pid = 0
            self.has_recorded = True
            problem = _recorder.end()
        if problem:
            say(f"{self.path} is not complete: {problem}")
        elif "IPython" in sys.modules:
            self._add_notes()

    def _add_notes(self) -> None:
        from gilscope.record.cellnotes import add_notes

        try:
            add_notes(self.path, self._max_size_bytes, self._cell)
        except Exception as error:  # noqa: BLE001 - whatever IPython is by then
            say(f"{self.path} does not name the cells: {error}")

    def __call__(self, function: Callable[P, R]) -> Callable[P, R]:
        @wraps(function)
        def recorded(*args: P.args, **kwargs: P.kwargs) -> R:
            with self:
                return function(*args, **kwargs)

        return recorded
