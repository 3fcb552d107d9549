"""What a live view needs: a terminal, and a library for it."""

from __future__ import annotations

import os

from gilscope.errors import GilscopeError
from gilscope.needs import MissingPackageError

INTERVAL_S = 1.0


def check_terminal(what: str, otherwise: str) -> None:
    """Refuse to begin what cannot be shown, before anything is started.

    Raises:
        GilscopeError: this is no terminal, or a package is missing.
    """
    if not (_is_terminal(1) and _is_terminal(2)) or os.environ.get("TERM") == "dumb":
        raise GilscopeError(f"{what} needs a terminal for its output", otherwise)
    from importlib.util import find_spec  # noqa: PLC0415 - seldom

    for package in ("textual", "numpy"):
        if find_spec(package) is None:  # to import them takes longer than is to be waited here
            command = f"python -m pip install {package}"
            raise MissingPackageError(f"{what} needs {package}, which is not installed", command)


def _is_terminal(stream: int) -> bool:
    try:
        return os.isatty(stream)
    except OSError:
        return False
