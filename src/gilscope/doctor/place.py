"""Where traces and reports go: folders, their space, the terminal."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from pathlib import Path

from gilscope.doctor.model import Check, lacks, works
from gilscope.words.numbers import size

LITTLE_BYTES = 200_000_000


def checks() -> list[Check]:
    temporary = Path(tempfile.gettempdir())
    return [_folder("current folder", Path()), _folder("temporary folder", temporary), _terminal()]


def _folder(name: str, folder: Path) -> Check:
    """A file is written there, and removed again."""
    follows = "traces need another place" if name == "current folder" else "pages and tests need it"
    do = "-o FILE names another" if name == "current folder" else "set TMPDIR"
    try:
        path = folder.resolve()
        with tempfile.NamedTemporaryFile(dir=path, prefix=".gilscope-doctor-") as file:
            file.write(b"gilscope" * 512)
            file.flush()
            os.fsync(file.fileno())
        free_bytes = shutil.disk_usage(path).free
    except OSError as error:
        reason = error.strerror or str(error)
        return lacks(name, f"{folder} cannot be written: {reason}", follows, do)
    said = f"{path} can be written, {size(free_bytes)} free"
    if free_bytes < LITTLE_BYTES:
        return lacks(name, said, "a long recording may fill it", f"{do}; --max-size limits a trace")
    return works(name, said)


def _terminal() -> Check:
    name = "terminal"
    encoding = (sys.stdout.encoding or "ascii").lower()
    width = shutil.get_terminal_size().columns
    kind = f"{width} columns" if sys.stdout.isatty() else "none: the output goes elsewhere"
    if "utf" in encoding:
        return works(name, f"{kind}, {encoding}")
    return lacks(
        name, f"{kind}, {encoding}", "bars and lines are drawn with plain letters",
        "export LC_ALL=C.UTF-8",
    )  # fmt: skip
