"""One line on a terminal that shows the progress of long work, and vanishes when it is done."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Self, TextIO

if TYPE_CHECKING:
    from types import TracebackType

PATIENCE_S = 0.5  # shorter work needs no progress: a line that flashes up only disturbs
INTERVAL_S = 0.1
ERASE_LINE = "\r\x1b[K"


class ProgressLine:
    """Call it with the fraction that is done, and what is being done now where that changes."""

    def __init__(self, stream: TextIO | None, label: str) -> None:
        self._stream = stream if stream is not None and stream.isatty() else None
        self._label = label if label.isprintable() else "reading"
        self._next_s = time.monotonic() + PATIENCE_S
        self._shown = False

    def __enter__(self) -> Self:
        return self

    def __call__(self, fraction: float, doing: str = "") -> None:
        now_s = time.monotonic()
        if self._stream is None or now_s < self._next_s:
            return
        self._next_s = now_s + INTERVAL_S
        self._shown = True
        percent = 100 * min(max(fraction, 0.0), 1.0)
        self._write(f"{ERASE_LINE}{self._label} … {percent:.0f} %{doing and f'  {doing}'}")

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self._shown:
            self._write(ERASE_LINE)

    def _write(self, text: str) -> None:
        if self._stream is None:
            return
        encoding = self._stream.encoding or "ascii"
        self._stream.write(text.encode(encoding, "replace").decode(encoding))
        self._stream.flush()
