"""The one door through which everything that went wrong reaches the user."""

from __future__ import annotations


class GilscopeError(Exception):
    """Says what went wrong in one line and, in `hint`, what to do about it.

    Its text, and so a traceback of a program that calls gilscope, shows both.
    """

    def __init__(self, message: str, hint: str = "", exit_code: int = 2) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.exit_code = exit_code

    def __str__(self) -> str:
        return f"{self.message}\n{self.hint}" if self.hint else self.message

    def _render_traceback_(self) -> list[str]:
        """What IPython shows instead of a traceback: it is the user's to mend, and in two lines."""
        lines = [f"{type(self).__name__}: {self.message}"]
        return [*lines, f"  {self.hint}"] if self.hint else lines
