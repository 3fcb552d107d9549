"""Show a page in a browser, where there is one that somebody looks at."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, TextIO

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

DISPLAYS = ("DISPLAY", "WAYLAND_DISPLAY")
# Set where programs run that nobody watches.
UNWATCHED = ("CI", "PYTEST_CURRENT_TEST", "PYTEST_VERSION")


def can_browse(stream: TextIO | None, environment: Mapping[str, str] = os.environ) -> bool:
    """Whether a browser can be opened for whoever reads `stream`.

    There must be a terminal, with somebody at it, and a display: without one (over SSH, for
    example) a browser would be one that takes over the terminal.
    """
    if stream is None or not stream.isatty() or any(environment.get(each) for each in UNWATCHED):
        return False
    return sys.platform == "darwin" or any(environment.get(each) for each in DISPLAYS)


def browse(page: Path) -> bool:
    """Open a file in the browser that the user prefers; tell whether one was found."""
    import webbrowser  # noqa: PLC0415 - imports subprocess, which --help does not need

    try:
        return webbrowser.open(page.resolve().as_uri())
    except (webbrowser.Error, OSError):
        return False
