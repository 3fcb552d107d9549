"""The lines of the observed program's source files, where they can still be read."""

from __future__ import annotations

import io
import stat
import tokenize
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

MOST_BYTES = 16 << 20  # no one writes such files by hand; reading them would only cost time


class Sources:
    """Reads each file once, and remembers which changed after the program ended (0: not known)."""

    def __init__(self, ended_unix_s: float, texts: Mapping[str, str] | None = None) -> None:
        """`texts` are those of what is no file: the cells of a notebook."""
        self._ended_unix_s = ended_unix_s
        self._lines = {name: text.split("\n") for name, text in (texts or {}).items()}
        self.changed: list[str] = []

    def line(self, file: str, number: int) -> str:
        """The line without its indentation; empty where it cannot be read."""
        lines = self.lines(file)
        return lines[number - 1].strip() if 0 < number <= len(lines) else ""

    def lines(self, file: str) -> list[str]:
        """All of them; none where the file cannot be read."""
        if not file or file.startswith("<"):
            return []
        if file not in self._lines:
            self._lines[file] = self._read(file)
        return self._lines[file]

    def _read(self, file: str) -> list[str]:
        # The name comes from a trace file: it may be anything, and so may what it leads to.
        try:
            path = Path(file)
            status = path.stat()
            if not stat.S_ISREG(status.st_mode) or status.st_size > MOST_BYTES:
                return []
            content = path.read_bytes()
            encoding, _ = tokenize.detect_encoding(io.BytesIO(content).readline)
            text = content.decode(encoding, "replace")
        except (OSError, ValueError, SyntaxError, LookupError):
            return []
        if status.st_mtime > self._ended_unix_s > 0:
            self.changed.append(file)
        return text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
