"""The one door through which everything that went wrong reaches the user."""

from __future__ import annotations


class GilscopeError(Exception):
    """Says what went wrong in one line and, in `hint`, what to do about it."""

    def __init__(self, message: str, hint: str = "", exit_code: int = 2) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.exit_code = exit_code
