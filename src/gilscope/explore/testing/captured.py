"""What the explored program prints: a thousand times the same, of which one is kept."""

from __future__ import annotations

import io
import sys
from typing import Self


class Printed:
    """While it lasts, sys.stdout and sys.stderr lead here. `clear` before each execution."""

    def __init__(self) -> None:
        self._stream = io.StringIO()
        self._before = (sys.stdout, sys.stderr)

    def __enter__(self) -> Self:
        self._before = (sys.stdout, sys.stderr)
        sys.stdout = sys.stderr = self._stream
        return self

    def __exit__(self, *_: object) -> None:
        # Not over what the program has put there itself, for good.
        if sys.stdout is self._stream:
            sys.stdout = self._before[0]
        if sys.stderr is self._stream:
            sys.stderr = self._before[1]

    def clear(self) -> None:
        self._stream.seek(0)
        self._stream.truncate()

    @property
    def text(self) -> str:
        return self._stream.getvalue()
